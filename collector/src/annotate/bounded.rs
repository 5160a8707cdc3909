//! A map that forgets its oldest entry when it is full: a log without end must not fill the memory.

use std::{collections::VecDeque, hash::Hash};

use rustc_hash::FxHashMap;

pub(super) struct Bounded<K, V> {
    map: FxHashMap<K, V>,
    order: VecDeque<K>,
    limit: usize,
}

impl<K: Clone + Eq + Hash, V> Bounded<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self { map: FxHashMap::default(), order: VecDeque::new(), limit }
    }

    pub(super) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.get(key)
    }

    pub(super) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.get_mut(key)
    }

    /// Inserts or replaces; what was replaced is returned, what was forgotten is not.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(old) = self.map.insert(key.clone(), value) {
            return Some(old);
        }
        self.order.push_back(key);
        if self.order.len() > self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.map.remove(&oldest);
        }
        None
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter()
    }

    pub(super) fn clear(&mut self) {
        self.map.clear();
        self.order.clear();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.map.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_goes_when_the_map_is_full() {
        let mut map = Bounded::new(2);
        map.insert(1, "a");
        map.insert(2, "b");
        assert_eq!(map.insert(1, "c"), Some("a"));
        map.insert(3, "d");
        assert_eq!(
            (map.len(), map.get(&1), map.get(&2), map.get(&3)),
            (2, None, Some(&"b"), Some(&"d"))
        );
    }
}
