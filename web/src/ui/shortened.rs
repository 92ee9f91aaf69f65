//! Where a long name gives way: in its middle, so that both of its ends can be read. Plain Rust.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::intl::direction::{has_both_directions, is_right_to_left};

/// Names that are not wider than this fit into any list. Lengths are in columns: of a Chinese character, two.
const FITS: usize = 16;
/// The longest end that is kept, if it begins with a word, and the shortest.
const LONGEST: usize = 10;
const SHORTEST: usize = 3;
/// The end that is kept of a name that has no word there.
const UNBROKEN: usize = 6;

/// How many characters (not bytes) come before the end that is always shown. `None` if the name is short, or
/// where a cut would do harm:
///
/// - Each part stands by itself. A name in both directions would be put together in another order.
/// - Letters that join, as those of Arabic do, would lose the shape that they have within a word.
pub(crate) fn end_of(name: &str) -> Option<usize> {
    let letters: Vec<&str> = name.graphemes(true).collect();
    let columns = |letters: &[&str]| letters.iter().copied().map(columns).sum::<usize>();
    if columns(&letters) <= FITS || has_both_directions(name) {
        return None;
    }
    let is_word = |at: usize| letters[at].contains(char::is_alphanumeric);
    let begins_word = |at: &usize| is_word(*at) && !is_word(at - 1);
    // The first place from which on the end is not wider than this.
    let last = |most: usize| (0..letters.len()).find(|at| columns(&letters[*at..]) <= most);
    let word = (last(LONGEST)?.max(1)..=last(SHORTEST)?).find(begins_word);
    let at = match word {
        Some(at) => at,
        None if is_right_to_left(name) => return None,
        None => last(UNBROKEN)?,
    };
    Some(letters[..at].iter().map(|letter| letter.chars().count()).sum())
}

/// How wide a letter is. This knows the scripts of East Asia; the rest is taken for narrow.
fn columns(letter: &str) -> usize {
    let is_wide = |c: char| {
        matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
    };
    if letter.starts_with(is_wide) { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(name: &str) -> Option<(String, String)> {
        let at = end_of(name)?;
        Some((name.chars().take(at).collect(), name.chars().skip(at).collect()))
    }

    fn parts(start: &str, end: &str) -> Option<(String, String)> {
        Some((start.to_owned(), end.to_owned()))
    }

    #[test]
    fn a_long_name_keeps_an_end_that_begins_with_a_word() {
        assert_eq!(
            cut("Quarterly planning for all regions, 2027"),
            parts("Quarterly planning for all regions, ", "2027")
        );
        assert_eq!(cut("Release party for the team"), parts("Release party for ", "the team"));
        assert_eq!(cut("grace.hopper-okonkwo.smith"), parts("grace.hopper-okonkwo.", "smith"));
    }

    #[test]
    fn without_a_word_there_it_keeps_the_last_characters_as_people_see_them() {
        assert_eq!(cut("donaudampfschifffahrtskapitän"), parts("donaudampfschifffahrtsk", "apitän"));
        assert_eq!(cut("bartholomew-featherstonehaugh-jr"), parts("bartholomew-featherstoneha", "ugh-jr"));
        let families = "👨‍👩‍👧".repeat(20);
        assert_eq!(cut(&families), parts(&"👨‍👩‍👧".repeat(14), &"👨‍👩‍👧".repeat(6)));
    }

    #[test]
    fn of_wide_letters_half_as_many_are_kept() {
        assert_eq!(cut("北部与南部地区第一季度规划"), parts("北部与南部地区第一季", "度规划"));
        assert_eq!(cut("北部与南部地区"), None);
        assert_eq!(cut("제품출시준비위원회 서울"), parts("제품출시준비위원회 ", "서울"));
    }

    #[test]
    fn a_short_name_is_whole() {
        let accents = "e\u{301}".repeat(16);
        for name in ["", "ann", "sixteen letters!", &accents] {
            assert_eq!(cut(name), None, "{name}");
        }
    }

    #[test]
    fn from_the_right_it_is_cut_between_words_and_in_both_directions_not_at_all() {
        assert_eq!(cut("مجموعة الغداء في المدينة القديمة"), parts("مجموعة الغداء في المدينة ", "القديمة"));
        assert_eq!(cut("قسطنطينيةقسطنطينيةقسطنطينية"), None);
        assert_eq!(cut("מסיבת השקה של הצוות 2027"), parts("מסיבת השקה של ", "הצוות 2027"));
        assert_eq!(cut("Release party of صديقتي فاطمة"), None);
    }
}
