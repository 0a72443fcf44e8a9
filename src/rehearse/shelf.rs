//! A bounded collection of what was made in a world, by id.

use indexmap::IndexMap;

/// So many things of one sort are kept; the oldest go first.
const MAX_KEPT: usize = 200;

/// Things of one sort, oldest first. Ids count up, so that a rehearsal can be told again word for word.
#[derive(Debug, Clone)]
pub(super) struct Shelf<T> {
    prefix: &'static str,
    made: u64,
    kept: IndexMap<String, T>,
}

impl<T> Shelf<T> {
    /// An empty one, whose ids begin with a prefix.
    pub(super) fn new(prefix: &'static str) -> Self {
        Self { prefix, made: 0, kept: IndexMap::new() }
    }

    /// The number of the next thing that is made.
    pub(super) fn next_number(&self) -> u64 {
        self.made + 1
    }

    /// Puts something there and gives its id.
    pub(super) fn put(&mut self, thing: T) -> String {
        self.put_as(self.prefix, thing)
    }

    /// Puts something there whose id begins otherwise.
    pub(super) fn put_as(&mut self, prefix: &str, thing: T) -> String {
        self.made += 1;
        let id = format!("{prefix}_rehearsal{}", self.made);
        self.place(&id, thing);
        id
    }

    /// Puts something there under an id of its own.
    pub(super) fn place(&mut self, id: &str, thing: T) {
        if self.kept.len() >= MAX_KEPT {
            self.kept.shift_remove_index(0);
        }
        self.kept.insert(id.to_owned(), thing);
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.kept.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.kept.get_mut(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.kept.iter().map(|(id, thing)| (id.as_str(), thing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let mut shelf = Shelf::new("ord");
        for n in 0..=MAX_KEPT {
            shelf.put(n);
        }
        assert_eq!(shelf.iter().count(), MAX_KEPT);
        assert!(shelf.get("ord_rehearsal1").is_none());
        assert_eq!(shelf.get("ord_rehearsal2"), Some(&1));
    }
}
