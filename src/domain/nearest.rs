//! "Did you mean": the known word nearest to a mistyped one.

/// The known word with the fewest edits, if it is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    known
        .map(|k| (distance(word, k), k))
        .filter(|(d, _)| *d <= allowed)
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k.to_owned())
}

/// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(80).collect(), b.chars().take(80).collect());
    let width = b.len() + 1;
    let mut cost = vec![0; (a.len() + 1) * width];
    for (i, j) in (0..=a.len()).flat_map(|i| (0..width).map(move |j| (i, j))) {
        cost[i * width + j] = if i == 0 || j == 0 {
            i + j
        } else {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (cost[(i - 1) * width + j] + 1)
                .min(cost[i * width + j - 1] + 1)
                .min(cost[(i - 1) * width + j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(cost[(i - 2) * width + j - 2] + 1);
            }
            best
        };
    }
    cost[a.len() * width + b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered_and_a_far_one_is_not() {
        let known = ["developer", "consultant", "architect"];
        assert_eq!(nearest("develper", known.into_iter()).as_deref(), Some("developer"));
        assert_eq!(nearest("dveeloper", known.into_iter()).as_deref(), Some("developer"));
        assert_eq!(nearest("finance", known.into_iter()), None);
    }
}
