//! What keys do.

use iscsi_collector::category::Categories;
use iscsi_collector::host::session::Detail;
use iscsi_collector::stats::Class;

use super::{arrange, prompt, select};
use crate::effect::Effect;
use crate::keys::Action;
use crate::layout::list_height;
use crate::model::columns::COLUMNS;
use crate::model::prompt::Purpose;
use crate::model::{Model, View, lists};

pub fn act(model: &mut Model, action: Action) {
    if model.choosing.is_some() && choose(model, action) {
        return;
    }
    match action {
        Action::Quit => model.effects.push(Effect::Quit),
        Action::Back => back(model),
        Action::Help => model.help = if model.help.is_some() { None } else { Some(0) },
        Action::Go(view) => go(model, view),
        Action::NextView => go(model, neighbour(model.view, 1)),
        Action::PreviousView => go(model, neighbour(model.view, View::ALL.len() - 1)),
        Action::Up => move_by(model, -1),
        Action::Down => move_by(model, 1),
        Action::PageUp => move_by(model, -page(model)),
        Action::PageDown => move_by(model, page(model)),
        Action::Top => move_by(model, isize::MIN + 1),
        Action::Bottom => {
            move_by(model, isize::MAX);
            model.records.following |= model.view == View::Records;
        }
        Action::Open => open(model),
        Action::Search if model.view.is_searched() => prompt::open(model, Purpose::Search),
        Action::Search => model.say("there is nothing to search here"),
        Action::Filter if matches!(model.view, View::Sessions | View::Records) => {
            prompt::open(model, Purpose::Filter);
        }
        Action::Filter => {
            model.say("expressions filter sessions (1) and PDUs (6); / searches here")
        }
        Action::AllSessions => focus(model, None),
        Action::SortLeft => sort(model, -1),
        Action::SortRight => sort(model, 1),
        Action::Reverse => {
            model.rows.ascending = !model.rows.ascending;
            sorted(model);
        }
        Action::Columns => {
            go(model, View::Sessions);
            model.choosing = Some(0);
        }
        Action::Pause => pause(model),
        Action::Faster => speed(model, 1),
        Action::Slower => speed(model, -1),
        Action::SeekBack => seek(model, -5),
        Action::SeekOn => seek(model, 5),
        Action::SeekFarBack => seek(model, -60),
        Action::SeekFarOn => seek(model, 60),
        Action::Details => details(model),
        Action::Class => class(model),
        Action::Toggle => toggle(model),
        Action::Suspend => model.effects.push(Effect::Suspend),
        Action::Redraw => model.effects.push(Effect::Redraw),
    }
}

fn neighbour(view: View, by: usize) -> View {
    View::ALL[(view.place() + by) % View::ALL.len()]
}

fn page(model: &Model) -> isize {
    isize::try_from(list_height(model).saturating_sub(1).max(1)).unwrap_or(1)
}

fn go(model: &mut Model, view: View) {
    model.help = None;
    model.is_opened = false;
    model.view = view;
    let detail = match view {
        View::Units | View::Login | View::Timers => Some(Detail::Devices),
        View::Connections => Some(Detail::State),
        _ => None,
    };
    model.effects.extend(detail.map(Effect::Survey));
    if view == View::Debug && model.debug.report.is_none() {
        model.effects.push(Effect::LookAtDebug);
    }
    arrange(model);
}

/// Closes what is open, step by step.
fn back(model: &mut Model) {
    let has_closed = model.help.take().is_some()
        || std::mem::take(&mut model.is_opened)
        || (model.view == View::Records && model.records.details.take().is_some());
    if has_closed {
        return;
    }
    if !model.search().is_empty() {
        prompt::search(model, "");
    } else if model.focus.is_some() {
        focus(model, None);
    } else if model.view != View::Sessions {
        go(model, View::Sessions);
    } else {
        model.effects.push(Effect::Quit);
    }
}

/// Moves the cursor, or the text that is open.
pub fn move_by(model: &mut Model, lines: isize) {
    if let Some(scroll) = &mut model.help {
        *scroll = scroll.saturating_add_signed(lines).min(200);
        return;
    }
    model.list_mut().move_by(lines);
    if model.view == View::Records {
        if lines < 0 {
            model.records.following = false;
        }
        // Another record's fields begin at their first.
        model.records.details = model.records.details.map(|_| 0);
    }
    if model.view == View::Sessions {
        let cursor = model.list().cursor.min(model.rows.order.len().saturating_sub(1));
        // Whoever is at the top wants to see what comes to the top.
        model.rows.chosen = if cursor == 0 { None } else { lists::row_at(model, cursor) };
    }
}

fn open(model: &mut Model) {
    match model.view {
        View::Errors | View::Incidents => model.is_opened = !model.is_opened,
        View::Records => details(model),
        View::Debug => toggle(model),
        View::Latency => {}
        _ => {
            let Some(row) = lists::row_at(model, model.list().cursor) else { return };
            let was_sessions = model.view == View::Sessions;
            focus(model, Some(row));
            if was_sessions {
                go(model, View::Connections);
            }
        }
    }
}

fn focus(model: &mut Model, row: Option<usize>) {
    model.focus = row;
    arrange(model);
    select(model);
}

fn sort(model: &mut Model, by: isize) {
    let columns = &model.rows.columns;
    let at = columns.iter().position(|&column| column == model.rows.sort).unwrap_or(0);
    let next = at.saturating_add_signed(by).min(columns.len().saturating_sub(1));
    if let Some(&column) = columns.get(next) {
        model.rows.sort = column;
    }
    sorted(model);
}

fn sorted(model: &mut Model) {
    arrange(model);
    model.effects.push(Effect::Save);
}

/// Keys while columns are chosen; answers whether it was one of them.
fn choose(model: &mut Model, action: Action) -> bool {
    let Some(cursor) = model.choosing else { return false };
    let at = model.rows.columns.iter().position(|&column| column == cursor);
    match action {
        Action::Up => model.choosing = Some(cursor.saturating_sub(1)),
        Action::Down => model.choosing = Some((cursor + 1).min(COLUMNS.len() - 1)),
        Action::Top => model.choosing = Some(0),
        Action::Bottom => model.choosing = Some(COLUMNS.len() - 1),
        Action::Pause | Action::Open => match at {
            Some(at) if model.rows.columns.len() > 1 => {
                model.rows.columns.remove(at);
            }
            Some(_) => {}
            None => model.rows.columns.push(cursor),
        },
        Action::SeekBack | Action::SortLeft => {
            if let Some(at) = at.filter(|&at| at > 0) {
                model.rows.columns.swap(at, at - 1);
            }
        }
        Action::SeekOn | Action::SortRight => {
            if let Some(at) = at.filter(|&at| at + 1 < model.rows.columns.len()) {
                model.rows.columns.swap(at, at + 1);
            }
        }
        Action::Back | Action::Columns => {
            model.choosing = None;
            model.effects.push(Effect::Save);
        }
        Action::Quit | Action::Suspend | Action::Redraw => return false,
        _ => {}
    }
    true
}

fn pause(model: &mut Model) {
    if model.status.is_file() {
        let position = &mut model.status.position;
        position.playing = !position.playing;
        model.effects.push(Effect::Play(model.status.position.playing));
    } else {
        model.records.following = !model.records.following;
    }
}

fn speed(model: &mut Model, by: isize) {
    const SPEEDS: [f64; 11] = [0.01, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 100.0, 1000.0];
    if !model.status.is_file() {
        return model.say("only a file can be played faster or slower");
    }
    let now = model.status.position.speed;
    let at = SPEEDS.iter().position(|&speed| speed >= now).unwrap_or(SPEEDS.len() - 1);
    let speed = SPEEDS[at.saturating_add_signed(by).min(SPEEDS.len() - 1)];
    model.status.position.speed = speed;
    model.effects.push(Effect::Speed(speed));
}

fn seek(model: &mut Model, seconds: i64) {
    if model.status.is_file() {
        model.effects.push(Effect::Seek(seconds));
    } else {
        model.say("only in a file one can go back and forth");
    }
}

fn details(model: &mut Model) {
    if model.view == View::Records {
        let is_open = model.records.details.is_some();
        model.records.details = if is_open { None } else { Some(0) };
        model.records.following &= is_open;
    }
}

fn class(model: &mut Model) {
    const CLASSES: [Option<Class>; 6] = [
        None,
        Some(Class::Read),
        Some(Class::Write),
        Some(Class::Sync),
        Some(Class::Unmap),
        Some(Class::Other),
    ];
    let at = CLASSES.iter().position(|&class| class == model.class).unwrap_or(0);
    model.class = CLASSES[(at + 1) % CLASSES.len()];
}

fn toggle(model: &mut Model) {
    if model.view != View::Debug {
        return;
    }
    let Some(report) = &model.debug.report else { return };
    let Some(switch) = report.switches.get(model.list().cursor) else { return };
    if model.debug.is_busy {
        return model.say("a change is under way");
    }
    if switch.drivers.is_empty() {
        return model.say("no loaded driver can show this category");
    }
    let wanted: Categories = report.ours ^ switch.category;
    model.debug.is_busy = true;
    model.effects.push(Effect::Debug(wanted));
}
