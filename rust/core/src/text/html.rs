//! HTML -> the text that a reader sees, and the targets of its links.

use lol_html::html_content::{Element, TextType};
use lol_html::{HtmlRewriter, MemorySettings, Settings, doc_text, element};
use std::cell::RefCell;

use super::limits;

/// Memory of the parser for one document: it buffers a tag at a time and a stack of open tags.
const PARSER_BYTES: usize = 16 << 20;

/// Attributes whose value is the target of a link that a reader may follow.
const TARGETS: [&str; 2] = ["href", "action"];

/// Tags within a word: they do not divide it, so `v<b></b>iagra` is read as a person reads it.
const INLINE: [&str; 16] = [
    "a", "abbr", "b", "big", "code", "em", "font", "i", "s", "small", "span", "strike", "strong", "sub",
    "sup", "u",
];

/// What is read of an HTML document.
#[derive(Debug, Default)]
pub struct Page {
    /// The visible text, entities decoded.
    pub text: String,
    /// Targets of links and forms, at most [`limits::LINKS`].
    pub links: Vec<String>,
    /// Whether the parser gave up before the end, or links were left out.
    pub truncated: bool,
}

/// Reads a document. It never fails: what the parser can't take is marked as `truncated`.
pub fn read(document: &str) -> Page {
    let page = RefCell::new(Page::default());
    let whole = parse(document, &page);
    let mut page = page.into_inner();
    page.truncated |= !whole;
    page.text = html_escape::decode_html_entities(&page.text).into_owned();
    page
}

/// Fills `page`; returns whether the parser came to the end.
fn parse(document: &str, page: &RefCell<Page>) -> bool {
    let on_text = doc_text!(|chunk| {
        if matches!(chunk.text_type(), TextType::PlainText | TextType::Data | TextType::RCData) {
            page.borrow_mut().text.push_str(chunk.as_str());
        }
        Ok(())
    });
    let on_element = element!("*", |element| {
        read_element(element, &mut page.borrow_mut());
        Ok(())
    });
    let settings = Settings::new()
        .append_document_content_handler(on_text)
        .append_element_content_handler(on_element)
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(PARSER_BYTES))
        .with_strict(false);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(document.as_bytes()).is_ok() && rewriter.end().is_ok()
}

fn read_element(element: &Element<'_, '_>, page: &mut Page) {
    if !INLINE.contains(&element.tag_name().as_str()) {
        page.text.push('\n');
    }
    for target in TARGETS.iter().filter_map(|name| element.get_attribute(name)) {
        if page.links.len() == limits::LINKS {
            page.truncated = true;
            return;
        }
        page.links.push(html_escape::decode_html_entities(&target).into_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_does_not_see_scripts_styles_and_comments() {
        let page = read("<style>p{}</style><script>let a;</script>see<!-- not this --><p>and &lt;that&gt;");
        assert_eq!(page.text.split_whitespace().collect::<Vec<_>>(), ["see", "and", "<that>"]);
        assert!(!page.truncated);
    }

    #[test]
    fn inline_tags_do_not_divide_a_word_and_blocks_do() {
        let page = read("v<b></b>iagra<br>now<td>here");
        assert_eq!(page.text.split_whitespace().collect::<Vec<_>>(), ["viagra", "now", "here"]);
    }

    #[test]
    fn targets_are_collected() {
        let page = read("<a href='http://a.example/?x=1&amp;y=2'>x</a><img src=\"cid:1\"><form action=/go>");
        assert_eq!(page.links, ["http://a.example/?x=1&y=2", "/go"]);
    }
}
