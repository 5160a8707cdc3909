//! The only place that changes the model.

mod action;
mod facts;
mod mouse;
mod prompt;

use crossterm::event::{KeyEvent, KeyEventKind};

use crate::effect::Effect;
use crate::layout;
use crate::message::Message;
use crate::model::records::Wanted;
use crate::model::{Model, View, lists};

/// Takes one message.
pub fn update(model: &mut Model, message: Message) {
    match message {
        Message::Key(key) => pressed(model, key),
        Message::Mouse(event) => mouse::mouse(model, event),
        Message::Paste(text) => prompt::typed(model, &text),
        Message::Resize(columns, lines) => model.size = (columns, lines),
        Message::Facts(facts) => facts::facts(model, facts),
        Message::Survey(survey, at) => {
            model.board.survey(*survey, at);
            arrange(model);
        }
        Message::Machine(machine) => model.machine = *machine,
        Message::Position(position) => model.status.position = position,
        Message::Restarted => facts::restarted(model),
        Message::Notice(text) => model.say(text),
        Message::Broken(text) => model.status.broken = Some(text),
        Message::Debug(report) => {
            model.debug.report = Some(*report);
            model.debug.is_busy = false;
        }
        Message::Said(lines) => model.debug.say(lines),
        Message::Tick => tick(model),
        Message::Quit => model.effects.push(Effect::Quit),
        Message::Suspend => model.effects.push(Effect::Suspend),
        Message::Redraw => model.effects.push(Effect::Redraw),
    }
    model.dirty = true;
    settle(model);
}

fn pressed(model: &mut Model, key: KeyEvent) {
    if key.kind == KeyEventKind::Release {
        return;
    }
    if model.prompt.is_some() {
        prompt::key(model, key);
    } else if let Some(action) = crate::keys::action(key) {
        action::act(model, action);
    }
}

fn tick(model: &mut Model) {
    if let Some((_, left)) = &mut model.notice {
        *left = left.saturating_sub(1);
        if *left == 0 {
            model.notice = None;
        }
    }
}

/// Keeps cursors where there is something.
fn settle(model: &mut Model) {
    let count = lists::count(model);
    let height = layout::list_height(model);
    let follows = model.view == View::Records && model.records.following;
    let list = model.list_mut();
    if follows {
        list.cursor = count.saturating_sub(1);
        list.top = count.saturating_sub(height);
    }
    list.fit(count, height);
}

/// Sorts the sessions anew, and moves the cursor along with the one that was chosen.
fn arrange(model: &mut Model) {
    let Model { rows, board, searches, focus, view, .. } = model;
    let search = searches.get(View::Sessions.place()).map_or("", String::as_str);
    // The list of sessions itself always shows all.
    let focus = focus.filter(|_| *view != View::Sessions);
    let place = rows.arrange(board, search, focus);
    if let Some(place) = place
        && let Some(list) = model.lists.get_mut(View::Sessions.place())
    {
        list.cursor = place;
    }
}

/// Asks all records again whether they are wanted.
fn select(model: &mut Model) {
    let search = model.searches[View::Records.place()].clone();
    model.records.select(Wanted { focus: model.focus, search: &search });
}

/// Begins with a view.
pub fn look_at(model: &mut Model, view: View) {
    action::act(model, crate::keys::Action::Go(view));
    settle(model);
}
