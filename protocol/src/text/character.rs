//! What single characters are: seen or not, turning the direction of writing or not.

use super::unicode;

pub(super) const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
pub(super) const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Whether a character cannot be seen by itself: white space, controls, characters that Unicode says to
/// ignore if they are not known (`Default_Ignorable_Code_Point`), and the few letters and symbols that
/// are blank.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_ignorable(c) || is_blank(c)
}

/// Whether a character turns the direction of the text around it (`Bidi_Control`).
#[must_use]
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character belongs to the letter before it.
#[must_use]
pub fn is_mark(c: char) -> bool {
    !c.is_ascii() && unicode::is_mark(c)
}

/// `Default_Ignorable_Code_Point`. The property is stable: Unicode reserved these ranges for it.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Blank by their shape: the empty braille pattern, interlinear annotations, the place of an
/// embedded object, fillers, an empty note head.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{fff9}'..='\u{fffc}' | '\u{16fe4}' | '\u{1d159}')
}
