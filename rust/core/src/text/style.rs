//! What of HTML a reader can't see: the few properties of style that hide text, and colours.

/// How an element shows its text: inherited from the elements around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// `display: none` and its like: nothing within can show.
    removed: bool,
    /// `visibility: hidden`: what is within may show again.
    unseen: bool,
    /// A font size of nothing; what is within may have another.
    tiny: bool,
    /// The colour of the text, if it is known.
    color: Option<Rgb>,
    /// The colour behind it, if it is known.
    background: Option<Rgb>,
}

type Rgb = [u8; 3];

/// A difference of two colours, summed over red, green and blue, that the eye does not find.
const SAME_COLOUR: u16 = 24;
/// Heights and font sizes of at most this many pixels or points show nothing.
const NOTHING: f32 = 1.0;

/// The names of colours that mail uses; CSS has more, which are left unknown.
const COLOURS: [(&str, Rgb); 17] = [
    ("white", [255, 255, 255]),
    ("black", [0, 0, 0]),
    ("red", [255, 0, 0]),
    ("green", [0, 128, 0]),
    ("blue", [0, 0, 255]),
    ("yellow", [255, 255, 0]),
    ("gray", [128, 128, 128]),
    ("grey", [128, 128, 128]),
    ("silver", [192, 192, 192]),
    ("navy", [0, 0, 128]),
    ("maroon", [128, 0, 0]),
    ("purple", [128, 0, 128]),
    ("teal", [0, 128, 128]),
    ("aqua", [0, 255, 255]),
    ("lime", [0, 255, 0]),
    ("fuchsia", [255, 0, 255]),
    ("olive", [128, 128, 0]),
];

impl Default for Look {
    /// Black on white.
    fn default() -> Self {
        let (color, background) = (Some([0; 3]), Some([255; 3]));
        Self { removed: false, unseen: false, tiny: false, color, background }
    }
}

impl Look {
    /// Whether text of that look does not show.
    pub fn hides(&self) -> bool {
        self.removed || self.unseen || self.tiny || self.is_colour_on_itself()
    }

    /// Whether text of that look can't be told apart from what is behind it.
    fn is_colour_on_itself(&self) -> bool {
        let (Some(color), Some(background)) = (self.color, self.background) else { return false };
        let difference: u16 = (0..3).map(|at| u16::from(color[at].abs_diff(background[at]))).sum();
        difference <= SAME_COLOUR
    }

    /// Whether an attribute of that name tells of the look of its element.
    pub fn hangs_on(attribute: &str) -> bool {
        matches!(attribute, "style" | "hidden" | "color" | "text" | "bgcolor" | "background")
    }

    /// Takes an attribute of an element into account, one of those that [`Look::hangs_on`] names.
    pub fn apply(&mut self, attribute: &str, value: &str) {
        match attribute {
            "style" => value.split(';').for_each(|declaration| self.declare(declaration)),
            "hidden" => self.removed = true,
            "color" | "text" => self.color = colour(value),
            "bgcolor" => self.background = colour(value),
            "background" => self.background = None,
            _ => {}
        }
    }

    /// What is behind the text is no longer known: a style sheet may say anything.
    pub fn forget_background(&mut self) {
        self.background = None;
    }

    fn declare(&mut self, declaration: &str) {
        let Some((property, value)) = declaration.split_once(':') else { return };
        let (property, value) = (property.trim(), value.trim());
        let is = |name: &str| property.eq_ignore_ascii_case(name);
        let begins =
            |word: &str| value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if is("display") {
            self.removed |= begins("none");
        } else if is("visibility") {
            self.unseen = begins("hidden") || begins("collapse");
        } else if is("font-size") {
            self.tiny = size(value).is_some_and(|size| size <= NOTHING);
        } else if is("max-height") || is("opacity") {
            self.removed |= size(value) == Some(0.0);
        } else if is("mso-hide") {
            self.removed |= begins("all");
        } else if is("color") {
            self.color = colour(value);
        } else if is("background-color") || is("background") {
            self.background = colour(value);
        }
    }
}

/// The number of a size in pixels, points or ems, or without a unit.
fn size(value: &str) -> Option<f32> {
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let number: f32 = value[..digits.min(16)].parse().ok()?;
    let unit = value[digits..].trim_start();
    let is_relative = ["em", "rem", "%"].iter().any(|known| unit.starts_with(known));
    // One em is the size around it: only nothing of it is nothing.
    (!is_relative || number == 0.0).then_some(number)
}

/// A colour by its name or number; nothing for one that is not known.
fn colour(value: &str) -> Option<Rgb> {
    let value = value.trim();
    let value = value.split(char::is_whitespace).next().unwrap_or(value).trim_end_matches('!');
    if let Some(digits) = value.strip_prefix('#') {
        return hexadecimal(digits);
    }
    let by_name = COLOURS.iter().find(|(name, _)| value.eq_ignore_ascii_case(name)).map(|&(_, rgb)| rgb);
    // Old attributes hold the digits without their sign.
    by_name.or_else(|| hexadecimal(value).filter(|_| value.len() == 6))
}

/// `fff` or `ffffff`.
fn hexadecimal(digits: &str) -> Option<Rgb> {
    let digit = |at: usize| char::from(digits.as_bytes()[at]).to_digit(16).and_then(|d| u8::try_from(d).ok());
    match digits.len() {
        3 => Some([digit(0)? * 17, digit(1)? * 17, digit(2)? * 17]),
        6 => Some([digit(0)? * 16 + digit(1)?, digit(2)? * 16 + digit(3)?, digit(4)? * 16 + digit(5)?]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hides(style: &str) -> bool {
        let mut look = Look::default();
        look.apply("style", style);
        look.hides()
    }

    #[test]
    fn styles_that_hide() {
        for style in [
            "display:none",
            "color: red; DISPLAY : None !important",
            "visibility:hidden",
            "font-size:0",
            "font-size: 0px",
            "font-size:1pt",
            "font-size:0em",
            "max-height:0",
            "opacity:0",
            "mso-hide:all",
            "color:white",
            "color:#fff",
            "color:#FEFEFE;",
            "background:#000",
            "background-color:black",
            "color:#123456;background:#123456",
        ] {
            assert!(hides(style), "{style}");
        }
    }

    #[test]
    fn styles_that_do_not() {
        for style in [
            "",
            "display",
            "display:block",
            "font-size:12px",
            "font-size:1em",
            "font-size:small",
            "opacity:0.5",
            "color:red",
            "color:nosuch",
            "color:#ff",
            "color:#ffé",
            "background:url(x.png)",
            "max-height:none",
            "color:white;background:#036",
            "font-size:0.8em",
        ] {
            assert!(!hides(style), "{style}");
        }
    }

    #[test]
    fn what_is_within_may_show_again() {
        let mut look = Look::default();
        look.apply("style", "font-size:0;visibility:hidden");
        assert!(look.hides());
        look.apply("style", "font-size:13px;visibility:visible");
        assert!(!look.hides());
        look.apply("hidden", "");
        look.apply("style", "display:block");
        assert!(look.hides(), "an element within one that is not there");
    }

    #[test]
    fn attributes_of_old_tell_of_colours() {
        let mut look = Look::default();
        look.apply("bgcolor", "000000");
        look.apply("color", "black");
        assert!(look.hides());
        look.apply("background", "x.png");
        assert!(!look.hides(), "a picture may be of any colour");
        assert!(Look::hangs_on("style") && !Look::hangs_on("href"));
    }
}
