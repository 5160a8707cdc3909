//! What several verbs say.

use crate::{
    category::Categories,
    knobs::{
        Change, Reset, Restored,
        plan::{Note, Plan},
    },
};

/// Prints a plan's notes; whether one of them keeps a wish from being fulfilled.
pub fn notes(notes: &[Note]) -> bool {
    for note in notes {
        let prefix = if note.trouble { "cannot: " } else { "" };
        eprintln!("iscsi-trace: {prefix}{}", note.text);
    }
    notes.iter().any(|note| note.trouble)
}

/// Prints what a plan would do.
pub fn dry_run(plan: &Plan<'_>) {
    for step in &plan.steps {
        let shown = step.change.to_string();
        let mut lines = shown.lines().peekable();
        while let Some(line) = lines.next() {
            match (step.driver, lines.peek()) {
                (Some(driver), None) => {
                    let mark = if line.contains("  # ") { ";" } else { "  #" };
                    println!("{line}{mark} {driver}: {}", step.categories);
                }
                _ => println!("{line}"),
            }
        }
    }
}

/// Says what an earlier run had left and that it is given back.
pub fn earlier(reset: &Reset) {
    let Reset { holder, restored } = reset;
    eprintln!("iscsi-trace: gave back what {holder} had changed: {}", back(restored.back));
    others(restored);
}

/// Says how giving back went; whether all of it went well.
pub fn given_back(restored: &Restored) -> bool {
    others(restored);
    for (change, why) in &restored.failed {
        eprintln!("iscsi-trace: cannot give back {}: {why}", place(change));
    }
    if !restored.is_complete() {
        eprintln!("iscsi-trace: try again with: iscsi-trace debug reset");
    }
    restored.is_complete()
}

/// The file or folder of a change.
pub fn place(change: &Change) -> String {
    let (Change::Instance { path }
    | Change::Within { path, .. }
    | Change::Number { path, .. }
    | Change::Sites { path, .. }) = change;
    path.display().to_string()
}

/// Categories separated by blanks, so that they wrap; `!` behind those that need `--allow-secrets`.
pub fn categories(all: Categories, secret: Categories) -> Vec<String> {
    let marked = all.iter_names().map(|(name, flag)| {
        if secret.contains(flag) { format!("{name}!") } else { name.to_owned() }
    });
    marked.collect()
}

fn back(count: usize) -> String {
    match count {
        0 => "nothing was left to do".to_owned(),
        1 => "1 setting".to_owned(),
        _ => format!("{count} settings"),
    }
}

fn others(restored: &Restored) {
    for text in &restored.changed_by_others {
        eprintln!("iscsi-trace: left alone, somebody else changed it meanwhile: {text}");
    }
}
