//! The command tables: one file per standard, and the search through them.

mod layout;
mod mmc;
mod osd;
mod sbc;
mod scc;
mod smc;
mod spc;
mod ssc;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use super::OpClass;
pub(super) use layout::FieldDef;
use layout::Group;

/// Operation code of the variable length CDB (SPC-5 4.2.4): the service action is in bytes 8..9.
pub(super) const VARIABLE_LENGTH: u8 = 0x7f;

/// One command: what its standard calls it and where its fields are.
#[derive(Debug)]
pub(super) struct CommandDef {
    pub opcode: u8,
    /// `None`: the opcode alone is the command, or the service action is none of those listed.
    pub service_action: Option<u16>,
    /// The standard's name, in its capitals.
    pub name: &'static str,
    pub class: OpClass,
    pub fields: &'static [Group],
}

/// A command that is its opcode.
const fn cmd(
    opcode: u8,
    name: &'static str,
    class: OpClass,
    fields: &'static [Group],
) -> CommandDef {
    CommandDef { opcode, service_action: None, name, class, fields }
}

/// A command that is one service action of its opcode.
const fn action(
    opcode: u8,
    service_action: u16,
    name: &'static str,
    class: OpClass,
    fields: &'static [Group],
) -> CommandDef {
    CommandDef { opcode, service_action: Some(service_action), name, class, fields }
}

/// Every command of every set.
pub(super) fn all() -> impl Iterator<Item = &'static CommandDef> {
    CommandSet::ALL.into_iter().flat_map(CommandSet::commands)
}

/// The standard that gives an opcode its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommandSet {
    /// Every device type.
    Spc,
    Sbc,
    Ssc,
    Smc,
    Mmc,
    Osd,
    Scc,
}

impl CommandSet {
    /// In the order in which a command is looked for that its own set does not have.
    const ALL: [Self; 7] =
        [Self::Spc, Self::Sbc, Self::Ssc, Self::Smc, Self::Mmc, Self::Osd, Self::Scc];

    fn commands(self) -> &'static [CommandDef] {
        match self {
            Self::Spc => spc::COMMANDS,
            Self::Sbc => sbc::COMMANDS,
            Self::Ssc => ssc::COMMANDS,
            Self::Smc => smc::COMMANDS,
            Self::Mmc => mmc::COMMANDS,
            Self::Osd => osd::COMMANDS,
            Self::Scc => scc::COMMANDS,
        }
    }
}

type Listed = (CommandSet, &'static CommandDef);

/// What each operation code may be, in the order of [`CommandSet::ALL`]: every command of a capture is looked up.
static BY_OPCODE: LazyLock<[Vec<Listed>; 256]> = LazyLock::new(|| {
    let mut listed = [const { Vec::new() }; 256];
    for set in CommandSet::ALL {
        for command in set.commands() {
            if let Some(of_opcode) = listed.get_mut(usize::from(command.opcode)) {
                of_opcode.push((set, command));
            }
        }
    }
    listed
});

/// The command of an opcode and, if the CDB reaches that far, service action.
///
/// The device's own set decides first, save that a service action SPC lists is that also to a device for
/// which the opcode alone is a command (A3h: MAINTENANCE IN, to a DVD drive SEND KEY with those bits 0).
/// What is in neither is looked up in the other sets, because a command sent to the wrong device is still
/// that command; service actions go first there, so that an unknown MAINTENANCE IN to a disk does not
/// become SEND KEY. With `own` `None` only SPC applies.
pub(super) fn find(
    own: Option<CommandSet>,
    opcode: u8,
    service_action: Option<u16>,
) -> Option<&'static CommandDef> {
    let listed = BY_OPCODE.get(usize::from(opcode))?;
    let exact = |set: Option<CommandSet>, action: Option<u16>| {
        let mut all = listed.iter().filter(|(of, _)| set.is_none_or(|set| set == *of));
        all.find(|(_, command)| command.service_action == action).map(|(_, command)| *command)
    };
    let of_action = |set| service_action.and_then(|action| exact(set, Some(action)));
    let of_opcode = |set| exact(set, None);
    let spc = Some(CommandSet::Spc);
    if own.is_none() {
        return of_action(spc).or_else(|| of_opcode(spc));
    }
    of_action(own)
        .or_else(|| of_action(spc))
        .or_else(|| of_opcode(own))
        .or_else(|| of_action(None))
        .or_else(|| of_opcode(None))
}
