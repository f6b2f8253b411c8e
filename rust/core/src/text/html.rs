//! HTML -> the text that a reader sees, the text that is hidden from readers, and where its links lead.

use lol_html::html_content::{Comment, Element, TextChunk, TextType};
use lol_html::{
    DocumentContentHandlers, ElementContentHandlers, HtmlRewriter, MemorySettings, Selector, Settings,
};
use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

use super::limits;
use super::link;
use super::style::Look;

/// Memory of the parser for one document: it buffers a tag at a time and a stack of open tags.
const PARSER_BYTES: usize = 16 << 20;

/// Every element is looked at.
static EVERY_ELEMENT: LazyLock<Selector> =
    LazyLock::new(|| "*".parse().expect("the universal selector is a selector"));

/// Elements within elements whose look is followed; deeper ones look as those around them.
const LOOKS: usize = 256;

/// What is read of an HTML document, in buffers that are used again for the next.
#[derive(Debug, Default)]
pub struct Page {
    /// The visible text, entities decoded.
    pub text: String,
    /// The text that does not show.
    pub hidden: String,
    /// The hosts of links and forms, with user and port, each on a line of its own.
    pub authorities: String,
    /// Links and forms that were seen, at most one more than [`limits::LINKS`].
    pub links: usize,
    /// Whether the parser gave up before the end.
    pub truncated: bool,
    /// Where in the document the last text or comment ended.
    end: usize,
}

/// The looks of the elements that are open, the outermost first.
type Looks = Rc<RefCell<Vec<Look>>>;

impl Page {
    /// Reads a document. It never fails: what the parser can't take is marked as `truncated`.
    pub fn read(&mut self, document: &str) {
        self.text.clear();
        self.hidden.clear();
        self.authorities.clear();
        self.links = 0;
        self.end = 0;
        self.truncated = !parse(document, self);
        decode_entities(&mut self.text);
        decode_entities(&mut self.hidden);
    }

    fn read_text(&mut self, document: &str, chunk: &TextChunk<'_>, looks: &Looks) {
        self.pass_tags(document, chunk.source_location().bytes());
        match chunk.text_type() {
            TextType::PlainText | TextType::Data | TextType::RCData => {
                let hides = looks.borrow().last().is_some_and(Look::hides);
                let text = if hides { &mut self.hidden } else { &mut self.text };
                text.push_str(chunk.as_str());
            }
            TextType::RawText if chunk.as_str().contains("background") => {
                if let Some(look) = looks.borrow_mut().first_mut() {
                    look.forget_background();
                }
            }
            _ => {}
        }
    }

    fn read_element(&mut self, document: &str, element: &mut Element<'_, '_>, looks: &Looks) {
        let tag = document.as_bytes().get(element.source_location().bytes()).unwrap_or(&[]);
        if !is_inline(name_of(tag)) {
            self.divide();
        }
        let mut look = looks.borrow().last().copied().unwrap_or_default();
        let mut has_look = false;
        for attribute in element.attributes() {
            match attribute.name().as_str() {
                "href" | "action" => self.read_target(&attribute.value()),
                name if Look::hangs_on(name) => {
                    look.apply(name, &attribute.value());
                    has_look = true;
                }
                _ => {}
            }
        }
        let depth = looks.borrow().len();
        if has_look
            && depth < LOOKS
            && let Some(handlers) = element.end_tag_handlers()
        {
            looks.borrow_mut().push(look);
            let looks = Rc::clone(looks);
            handlers.push(Box::new(move |_| {
                looks.borrow_mut().truncate(depth);
                Ok(())
            }));
        }
    }

    /// Ends the line if one of the tags before `next` closed a block: elements are seen when they open.
    fn pass_tags(&mut self, document: &str, next: Range<usize>) {
        let tags = document.as_bytes().get(self.end..next.start).unwrap_or(&[]);
        let closes_block = |at: usize| {
            let Some((b'/', name)) = tags[at + 1..].split_first() else { return false };
            let end = name.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(name.len());
            end > 0 && !is_inline(&name[..end])
        };
        if memchr::memchr_iter(b'<', tags).any(closes_block) {
            self.divide();
        }
        self.end = next.end;
    }

    /// Ends the line: what follows stands apart from what came before.
    fn divide(&mut self) {
        for text in [&mut self.text, &mut self.hidden] {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
        }
    }

    fn read_target(&mut self, target: &str) {
        let target = if target.contains('&') {
            html_escape::decode_html_entities(target)
        } else {
            Cow::Borrowed(target)
        };
        let target = link::as_browsers_read(target);
        if self.links <= limits::LINKS
            && let Some(authority) = link::authority_of_target(&target)
        {
            self.links += 1;
            self.authorities.push_str(authority);
            self.authorities.push('\n');
        }
    }
}

/// Gives the document to the parser; returns whether it came to the end.
fn parse(document: &str, page: &mut Page) -> bool {
    if !document.contains('<') {
        page.text.push_str(document);
        return true;
    }
    let page = RefCell::new(page);
    let looks: Looks = Rc::new(RefCell::new(vec![Look::default()]));
    let on_text = |chunk: &mut TextChunk<'_>| {
        page.borrow_mut().read_text(document, chunk, &looks);
        Ok(())
    };
    let on_comment = |comment: &mut Comment<'_>| {
        page.borrow_mut().pass_tags(document, comment.source_location().bytes());
        Ok(())
    };
    let on_element = |element: &mut Element<'_, '_>| {
        page.borrow_mut().read_element(document, element, &looks);
        Ok(())
    };
    let mut settings = Settings::new()
        .append_document_content_handler(
            DocumentContentHandlers::default().text(on_text).comments(on_comment),
        )
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(PARSER_BYTES))
        .with_strict(false);
    settings = settings.append_element_content_handler((
        Cow::Borrowed(&*EVERY_ELEMENT),
        ElementContentHandlers::default().element(on_element),
    ));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(document.as_bytes()).is_ok() && rewriter.end().is_ok()
}

/// The name of the element that a tag opens, as it is written.
fn name_of(tag: &[u8]) -> &[u8] {
    let name = tag.strip_prefix(b"<").unwrap_or(tag);
    let ends = |&byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
    &name[..name.iter().position(ends).unwrap_or(name.len())]
}

/// Elements within a word: they do not divide it, so `v<b></b>iagra` is read as a person reads it.
fn is_inline(tag: &[u8]) -> bool {
    /// Bytes of the longest name.
    const LONGEST: usize = 6;
    let mut lower = [0; LONGEST];
    let Some(name) = lower.get_mut(..tag.len()) else { return false };
    name.copy_from_slice(tag);
    name.make_ascii_lowercase();
    matches!(
        &*name,
        b"a" | b"abbr"
            | b"b"
            | b"big"
            | b"code"
            | b"em"
            | b"font"
            | b"i"
            | b"s"
            | b"small"
            | b"span"
            | b"strike"
            | b"strong"
            | b"sub"
            | b"sup"
            | b"u"
    )
}

fn decode_entities(text: &mut String) {
    if text.contains('&') {
        *text = html_escape::decode_html_entities(text).into_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str) -> Page {
        let mut page = Page::default();
        page.read(document);
        page
    }

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    #[test]
    fn a_reader_does_not_see_scripts_styles_and_comments() {
        let page = read("<style>p{}</style><script>let a;</script>see<!-- not this --><p>and &lt;that&gt;");
        assert_eq!(words(&page.text), ["see", "and", "<that>"]);
        assert!(!page.truncated && page.hidden.is_empty());
    }

    #[test]
    fn inline_tags_do_not_divide_a_word_and_blocks_do() {
        assert_eq!(words(&read("v<b></b>iagra<br>now<td>here").text), ["viagra", "now", "here"]);
        assert_eq!(words(&read("<p>one</p>two<div>three</div>four").text), ["one", "two", "three", "four"]);
        assert_eq!(words(&read("v<!-- x -->iag<font></font>ra").text), ["viagra"]);
        assert_eq!(words(&read("v<!-- </p> -->iag<!--</p>--><b>ra").text), ["viagra"]);
    }

    #[test]
    fn targets_are_collected() {
        let page = read("<a href='http://a.example/?x=1&amp;y=2'>x</a><form action=//b.example><a href=/go>");
        assert_eq!(words(&page.authorities), ["a.example", "b.example"]);
        assert_eq!(page.links, 2);
    }

    #[test]
    fn hidden_text_stands_apart() {
        let page = read(
            "seen<div style='display:none'>not <b>this</b><p style='color:red'>nor that</div> again \
             <font color=white>white on white</font><table bgcolor=black><td><font color=#FFF>white</font>",
        );
        assert_eq!(words(&page.text), ["seen", "again", "white"]);
        assert_eq!(words(&page.hidden), ["not", "this", "nor", "that", "white", "on", "white"]);
        let sheet = read("<style>td{background:#036}</style><td><font color=white>shown");
        assert_eq!((sheet.text.trim(), sheet.hidden.as_str()), ("shown", ""), "a sheet may say anything");
    }

    #[test]
    fn elements_that_are_never_closed_hide_no_more_than_their_parents_hold() {
        let page = read("<div><p hidden>one<p>two</div>three");
        assert_eq!(words(&page.text), ["three"]);
        let deep = format!("{}x", "<p style='color:red'>".repeat(10 * LOOKS));
        assert_eq!(read(&deep).text.trim(), "x");
    }

    #[test]
    fn a_document_without_a_tag_is_text() {
        assert_eq!(read("a &amp; b").text, "a & b");
    }
}
