//! Stands between an initiator and a target, follows the PDUs, and does harm to chosen ones.

mod connection;
mod field;
mod inject;
mod login;
mod pdu;
mod rule;
#[cfg(test)]
mod tests;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, bail};
use clap::Parser;

use rule::{Do, On, Rule, Rules};

/// Forwards iSCSI connections and does to chosen PDUs what it is told
#[derive(Debug, Parser)]
#[command(name = "iscsi-relay", after_help = EXAMPLES)]
struct Cli {
    /// Where initiators connect
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// The target
    #[arg(long, value_name = "ADDRESS:PORT")]
    to: SocketAddr,
    /// i2t or t2i, a PDU's JSON name or `any`, and the Nth of them (N+: that and all later); one for each --do
    #[arg(long, value_name = "DIRECTION:PDU:N")]
    on: Vec<On>,
    /// flip-header:OFFSET, flip-data:OFFSET (digest stays stale), set:FIELD=VALUE (digest is made to fit), drop,
    /// duplicate, delay:MILLISECONDS, close, reset, black-hole, inject-async:EVENT, inject-reject:REASON, inject-nop-in
    #[arg(long = "do", value_name = "ACTION")]
    what: Vec<Do>,
    /// Count PDUs only once this file exists
    #[arg(long, value_name = "FILE")]
    after: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  iscsi-relay --listen 127.0.0.1:3270 --to 127.0.0.1:3260 --on t2i:scsi-response:3 --do drop
  iscsi-relay --listen 127.0.0.1:3270 --to 127.0.0.1:3260 --on t2i:scsi-data-in:1 --do set:data_sn=7";

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    if cli.on.len() != cli.what.len() {
        bail!("{} times --on but {} times --do", cli.on.len(), cli.what.len());
    }
    let rules = cli.on.into_iter().zip(cli.what).map(|(on, what)| Rule::new(on, what)).collect();
    let listener = TcpListener::bind(cli.listen)
        .with_context(|| format!("cannot listen on {}", cli.listen))?;
    serve(&listener, cli.to, &Arc::new(Rules::new(rules, cli.after)))
}

fn serve(listener: &TcpListener, to: SocketAddr, rules: &Arc<Rules>) -> anyhow::Result<()> {
    loop {
        let (initiator, from) = listener.accept().context("cannot accept a connection")?;
        let rules = Arc::clone(rules);
        thread::spawn(move || {
            let done = TcpStream::connect(to)
                .and_then(|target| connection::relay(initiator, target, rules));
            if let Err(error) = done {
                eprintln!("connection from {from}: {error}");
            }
        });
    }
}
