//! "Did you mean": the nearest known word to a mistyped one.

/// Longest word worth comparing; anything longer is not a typing mistake.
const LONGEST: usize = 64;

/// The candidate a person most likely meant by `word`, if any comes close.
///
/// Beside typing mistakes this knows the two ways people shorten the names of this field: initials
/// (`itt` for `initiator_task_tag`) and the last part of a dotted name (`lba` for `scsi.lba`).
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    // One slip in a short word, about one in three letters of a longer one.
    let tolerance = length.div_ceil(3);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let known = candidate.to_lowercase();
            let distance = if is_short_for(&word, &known) {
                0
            } else {
                strsim::damerau_levenshtein(&word, &known)
            };
            (distance <= tolerance && distance < length).then_some((distance, candidate))
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

fn is_short_for(word: &str, known: &str) -> bool {
    let initials = known.split('_').filter_map(|part| part.chars().next());
    known.rsplit_once('.').is_some_and(|(_, last)| last == word)
        || (word.len() > 1 && initials.eq(word.chars()))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const FIELDS: [&str; 5] =
        ["status", "status_class", "cmd_sn", "initiator_task_tag", "scsi.lba"];

    #[test]
    fn finds_the_word_behind_a_slip_of_the_finger() {
        assert_eq!(nearest("statuss", FIELDS), Some("status"));
        assert_eq!(nearest("staut", FIELDS), Some("status"));
        assert_eq!(nearest("CmdSN", FIELDS), Some("cmd_sn"));
        assert_eq!(nearest("status_clas", FIELDS), Some("status_class"));
    }

    #[test]
    fn knows_initials_and_the_last_part_of_a_dotted_name() {
        assert_eq!(nearest("itt", FIELDS), Some("initiator_task_tag"));
        assert_eq!(nearest("lba", FIELDS), Some("scsi.lba"));
    }

    #[test]
    fn suggests_nothing_when_nothing_is_near() {
        assert_eq!(nearest("frobnicate", FIELDS), None);
        assert_eq!(nearest("", FIELDS), None);
        assert_eq!(nearest("x", FIELDS), None);
        assert_eq!(nearest(&"status".repeat(1000), FIELDS), None);
    }
}
