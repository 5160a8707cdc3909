//! Typing.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use iscsi_collector::filter::Filter;
use iscsi_collector::output::EventSchema;

use super::{arrange, select};
use crate::effect::Effect;
use crate::model::prompt::{Prompt, Purpose};
use crate::model::rows::RowSchema;
use crate::model::{Model, View};

/// Opens the line for it.
pub fn open(model: &mut Model, purpose: Purpose) {
    let filter = match model.view {
        View::Records => &model.records.filter,
        _ => &model.rows.filter,
    };
    let text = match purpose {
        Purpose::Search => model.search().to_owned(),
        Purpose::Filter => filter.as_ref().map_or_else(String::new, |(text, _)| text.clone()),
    };
    model.prompt = Some(Prompt::new(purpose, &text));
}

pub fn key(model: &mut Model, key: KeyEvent) {
    let Some(prompt) = &mut model.prompt else { return };
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if ctrl => model.effects.push(Effect::Quit),
        KeyCode::Char('u') if ctrl => {
            prompt.text.clear();
            changed(model);
        }
        KeyCode::Char(char) if !ctrl => typed(model, char.encode_utf8(&mut [0; 4])),
        KeyCode::Backspace => {
            prompt.text.pop();
            prompt.complaint = None;
            changed(model);
        }
        KeyCode::Esc => {
            prompt.text.clone_from(&prompt.before);
            changed(model);
            model.prompt = None;
        }
        KeyCode::Enter => accept(model),
        _ => {}
    }
}

/// Text came, from the keyboard or pasted.
pub fn typed(model: &mut Model, text: &str) {
    if let Some(prompt) = &mut model.prompt {
        prompt.add(text);
        changed(model);
    }
}

/// A search shows its result while it is typed.
fn changed(model: &mut Model) {
    let Some(prompt) = model.prompt.as_ref().filter(|prompt| prompt.purpose == Purpose::Search)
    else {
        return;
    };
    let text = prompt.text.to_lowercase();
    search(model, &text);
}

/// Narrows the view down to lines with a text.
pub fn search(model: &mut Model, text: &str) {
    let at = model.view.place();
    model.searches[at] = text.to_owned();
    match model.view {
        View::Records => select(model),
        View::Errors => {
            model.errors.search(text);
            model.list_mut().cursor = 0;
        }
        _ => arrange(model),
    }
}

fn accept(model: &mut Model) {
    let Some(prompt) = &mut model.prompt else { return };
    if prompt.purpose == Purpose::Filter {
        let text = prompt.text.trim().to_owned();
        let is_of_records = model.view == View::Records;
        let parsed = match (text.is_empty(), is_of_records) {
            (true, _) => Ok(None),
            (false, true) => Filter::parse(&text, &EventSchema).map(Some),
            (false, false) => Filter::parse(&text, &RowSchema).map(Some),
        };
        match parsed {
            Err(error) => {
                prompt.complaint = Some(error.to_string());
                return;
            }
            Ok(filter) => take(model, text, filter, is_of_records),
        }
    }
    model.prompt = None;
}

fn take(model: &mut Model, text: String, filter: Option<Filter>, is_of_records: bool) {
    if is_of_records {
        // The source keeps by it, too: of what comes fast it can only keep a part.
        model.effects.push(Effect::Keep(filter.clone()));
        model.records.filter = filter.map(|filter| (text, filter));
        select(model);
    } else {
        model.rows.filter = filter.map(|filter| (text, filter));
        arrange(model);
    }
}
