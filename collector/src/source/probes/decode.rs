//! Everything but PDUs: structs of the probes to typed events.

use iscsi_ebpf::event::Kind;
use iscsi_ebpf::{command, connection, netlink, recovery, session, tcp, text, timer};

use super::Machine;
use super::raw::Raw;
use crate::event::What;
use crate::event::{
    command as typed_command, connection as typed_connection, netlink as typed_netlink,
    recovery as typed_recovery, session as typed_session, tcp as typed_tcp, text as typed_text,
    timer as typed_timer,
};

/// What an event tells; nothing where it is not as its kind has to be, or is a PDU.
pub(super) fn what(raw: &Raw<'_>, machine: &impl Machine, hz: Option<u64>) -> Option<What> {
    let handler = |returned| {
        let raw: recovery::Handler = raw.body()?;
        typed_recovery::Handler::from_raw(&raw, returned)
    };
    let tmf = |returned| {
        let raw: recovery::Tmf = raw.body()?;
        Some(typed_recovery::Tmf::from_raw(&raw, returned))
    };
    Some(match raw.kind {
        Kind::PduReceived | Kind::PduSent | Kind::PduData => return None,
        Kind::Identity => {
            let raw: connection::Identity = raw.body()?;
            What::Identity(Box::new(typed_connection::Identity::from_raw(&raw)))
        }
        Kind::ConnectionError => {
            let error: connection::Error = raw.body()?;
            let flight = machine.flight(raw.header.conn);
            let function = |address| machine.function(address);
            let error = typed_connection::Error::from_raw(&error, hz, function, flight);
            What::ConnectionError(Box::new(error))
        }
        Kind::ConnectionStep => {
            let raw: connection::Step = raw.body()?;
            What::ConnectionStep(typed_connection::Step::from_raw(&raw)?)
        }
        Kind::SessionStep => {
            let raw: session::Step = raw.body()?;
            What::SessionStep(typed_session::Step::from_raw(&raw)?)
        }
        Kind::HandlerEntered => What::HandlerEntered(handler(false)?),
        Kind::HandlerReturned => What::HandlerReturned(handler(true)?),
        Kind::TmfEntered => What::TmfEntered(tmf(false)?),
        Kind::TmfReturned => What::TmfReturned(tmf(true)?),
        Kind::TransportTimer => {
            let raw: timer::Transport = raw.body()?;
            What::TransportTimer(typed_timer::Transport::from_raw(&raw, hz))
        }
        Kind::Nop => {
            let raw: timer::Nop = raw.body()?;
            What::Nop(typed_timer::Nop::from_raw(&raw))
        }
        Kind::Netlink => {
            let raw: netlink::Netlink = raw.body()?;
            What::Netlink(typed_netlink::Netlink::from_raw(&raw))
        }
        Kind::Tcp => {
            let raw: tcp::Tcp = raw.body()?;
            What::Tcp(typed_tcp::Tcp::from_raw(&raw)?)
        }
        Kind::Text => {
            let body: text::Text = raw.body()?;
            let message = raw.behind::<text::Text>(body.length)?;
            What::Text(typed_text::Text::from_raw(&body, message)?)
        }
        Kind::Command => {
            let raw: command::Command = raw.body()?;
            What::Command(typed_command::Command::from_raw(&raw)?)
        }
        Kind::Module => {
            let raw: text::Module = raw.body()?;
            What::Module(typed_text::Module::from_raw(&raw))
        }
    })
}
