//! What the source found out.

use iscsi_collector::stats::{Board, Fact};

use super::{arrange, select};
use crate::model::records::Wanted;
use crate::model::{Model, View};

pub fn facts(model: &mut Model, facts: Vec<Fact>) {
    for fact in facts {
        match model.board.take(fact) {
            Some(Fact::Kept(kept)) => {
                let Model { records, board, searches, focus, lists, .. } = model;
                let at = View::Records.place();
                let wanted = Wanted { focus: *focus, search: &searches[at] };
                records.push(*kept, board, wanted, &mut lists[at]);
            }
            Some(Fact::NotKept(left)) => model.records.left += left,
            _ => {}
        }
    }
    arrange(model);
}

/// Everything is read again; what the user has chosen stays.
pub fn restarted(model: &mut Model) {
    model.board = Board::default();
    model.records.clear();
    // Sessions become known in the same order again.
    arrange(model);
    select(model);
}
