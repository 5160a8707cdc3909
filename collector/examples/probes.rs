//! Attaches all probes, prints the table of them with their states, counts events for a while, and sums up.
//!
//! `probes [SECONDS]` exits with 1 when a required probe of a loaded module is off. For the lab: it shows on each
//! kernel what the probes find there, without anything in between.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use iscsi_collector::host::Roots;
use iscsi_collector::source::live::{Live, Options, ProbeStatus, RING_BYTES};
use iscsi_ebpf::config::Config;
use iscsi_ebpf::connection::Error;
use iscsi_ebpf::event::{Header, Kind};
use zerocopy::{FromBytes as _, FromZeros as _};

fn main() -> ExitCode {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    let config = Config {
        kinds: u32::MAX,
        sid: iscsi_ebpf::NONE,
        lun: u64::MAX,
        data_max: 512,
        classes: u32::MAX,
        count: 1,
        ..Config::new_zeroed()
    };
    let begin = Instant::now();
    let options = Options { config, roots: Roots::machine(), ring_bytes: RING_BYTES };
    let mut live = match Live::start(options) {
        Ok(live) => live,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(4);
        }
    };
    println!("started in {:.1} s", begin.elapsed().as_secs_f32());
    table(live.probes());
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut kinds = BTreeMap::<Kind, u64>::new();
    let mut connections = BTreeMap::<u64, u64>::new();
    let mut errors = Vec::new();
    let mut count = |event: &[u8]| {
        let Ok((header, body)) = Header::read_from_prefix(event) else { return };
        if let Some(kind) = Kind::from_number(header.kind) {
            *kinds.entry(kind).or_default() += 1;
        }
        *connections.entry(header.conn).or_default() += 1;
        if header.kind == Kind::ConnectionError as u8
            && let Ok((error, _)) = Error::read_from_prefix(body)
        {
            errors.push((header, error));
        }
    };
    let mut before = states(live.probes());
    while Instant::now() < end {
        if let Err(error) = live.poll(Duration::from_millis(200), &mut count) {
            eprintln!("{error}");
            return ExitCode::from(3);
        }
        let now = states(live.probes());
        for (name, state) in now.iter().filter(|(name, state)| before.get(*name) != Some(state)) {
            println!("{:6.1} s {name}: {state}", begin.elapsed().as_secs_f32());
        }
        before = now;
        for notice in live.notices() {
            println!("{:6.1} s {notice}", begin.elapsed().as_secs_f32());
        }
    }
    for (header, error) in &errors {
        println!("connection{}:{} error {}", header.sid, header.cid, error.code);
        for address in error.stack.iter().take(error.depth as usize) {
            match live.symbol(*address) {
                Some(symbol) => println!("  {symbol}"),
                None => println!("  {address:#x}"),
            }
        }
        println!("  {} headers recorded", live.flight(header.conn).len());
    }
    if seconds != 0 {
        println!("at the end:");
        table(live.probes());
    }
    let is_whole = !live.probes().iter().any(is_broken);
    let totals = live.stop(&mut |_| {});
    println!("events: {kinds:?}");
    println!("connections: {}", connections.len());
    println!("lost: {:?}, uncounted: {}", totals.loss(), totals.uncounted);
    for (key, counters) in totals.commands() {
        println!("{key:?}: {} commands, {} bytes", counters.commands, counters.bytes);
    }
    if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn is_broken(status: &ProbeStatus) -> bool {
    status.probe.required && status.off.as_ref().is_some_and(|reason| reason.is_problem())
}

fn states(probes: &[ProbeStatus]) -> BTreeMap<&'static str, String> {
    let state = |status: &ProbeStatus| {
        status.off.as_ref().map_or("attached".to_owned(), ToString::to_string)
    };
    probes.iter().map(|status| (status.probe.program, state(status))).collect()
}

fn table(probes: &[ProbeStatus]) {
    let states = states(probes);
    for ProbeStatus { probe, .. } in probes {
        let need = if probe.required { "required" } else { "optional" };
        let state = states.get(probe.program).map_or("", String::as_str);
        println!("{:38} {need}  {:22} {state}", probe.program, probe.feature.name());
    }
}
