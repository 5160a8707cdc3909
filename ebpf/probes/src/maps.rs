//! What outlives a probe's run; the collector reads those that are listed in `iscsi_ebpf`.

use aya_ebpf::macros::map;
use aya_ebpf::maps::{Array, LruHashMap, PerCpuArray, PerCpuHashMap, RingBuf};
use iscsi_ebpf::command::{Counters, KEYS, Key};
use iscsi_ebpf::connection::State;
use iscsi_ebpf::event::COUNTS;
use iscsi_ebpf::flight::{self, Slot};

use crate::calls::Call;
use crate::command::Start;
use crate::diagnose::TROUBLES;
use crate::emit::Scratch;
use crate::task::Tag;

/// The loader makes it larger where there is memory.
#[map]
pub static EVENTS: RingBuf = RingBuf::with_byte_size(4 << 20, 0);

#[map]
pub static LOST: PerCpuArray<u64> = PerCpuArray::with_max_entries(COUNTS, 0);

/// Connections that end are removed; those whose end was missed give way to new ones.
#[map]
pub static CONNECTIONS: LruHashMap<u64, State> = LruHashMap::with_max_entries(16_384, 0);

/// One number that grows whenever what is known of a connection changes.
#[map]
pub static GENERATION: Array<u64> = Array::with_max_entries(1, 0);

#[map]
pub static FLIGHT: Array<Slot> = Array::with_max_entries(flight::ENTRIES, 0);

#[map]
pub static COMMANDS: PerCpuHashMap<Key, Counters> = PerCpuHashMap::with_max_entries(KEYS, 0);

/// `struct scsi_cmnd` to when it was queued. Commands live as long as their host, so entries stay and are reused.
#[map]
pub static STARTS: LruHashMap<u64, Start> = LruHashMap::with_max_entries(65_536, 0);

/// `struct sock` to the `iscsi_conn` it belongs to.
#[map]
pub static SOCKETS: LruHashMap<u64, u64> = LruHashMap::with_max_entries(16_384, 0);

/// Functions that were entered and have not returned.
#[map]
pub static CALLS: LruHashMap<u64, Call> = LruHashMap::with_max_entries(4096, 0);

/// Tasks whose PDUs pass a filter that only their command can answer.
#[map]
pub static TASKS: LruHashMap<Tag, u8> = LruHashMap::with_max_entries(65_536, 0);

/// How often each kind of trouble was met.
#[map]
pub static TOLD: Array<u64> = Array::with_max_entries(TROUBLES, 0);

/// Room for what the stack of 512 bytes cannot hold. Programs attached to functions and classic tracepoints do
/// not interrupt each other on one CPU; raw tracepoints do, and must not use it.
#[map]
pub static SCRATCH: PerCpuArray<Scratch> = PerCpuArray::with_max_entries(1, 0);
