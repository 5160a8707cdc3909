//! What the probes have to say about themselves, through aya-log: something is wrong that neither an event nor a
//! counter tells. Each kind is told a few times and then no more. Each is a function of its own and called where
//! nothing else is left to do, so that it costs nothing as long as nothing is wrong.

use aya_log_ebpf::warn;

use crate::maps::TOLD;

/// How often each kind is told.
const ENOUGH: u64 = 4;

macro_rules! troubles {
    ($($(#[$doc:meta])* $number:literal $name:ident($what:ident: $type:ty): $text:tt;)*) => {
        /// How many kinds there are.
        pub const TROUBLES: u32 = [$($number),*].len() as u32;

        $(
            $(#[$doc])*
            #[inline(never)]
            pub fn $name($what: $type) {
                if is_news($number) {
                    warn!(&(), $text, $what);
                }
            }
        )*
    };
}

troubles! {
    /// By then iscsid has set it.
    0 no_name(sid: u32): "session {}: started, but the name of its target cannot be read";
    /// Of a connection that must have one.
    1 no_socket(sid: u32): "session {}: started, but its socket cannot be found, so nothing is told of its TCP";
    /// Of a task or a receiver (its address).
    2 no_connection(of: u64): "a PDU of {:x} is left out: its connection cannot be found";
    /// The flight recorder lacks it as well.
    3 no_header(sid: u32): "session {}: a PDU is left out: its header cannot be read";
    /// The header is shown.
    4 no_data(sid: u32): "session {}: the data segment of a PDU cannot be read";
    /// Of a connection error: who raised it stays unknown.
    5 no_stack(error: i64): "the kernel's stack cannot be read (error {}), so who raised an error is not known";
    /// A tracepoint, as [`iscsi_ebpf::text::Tracepoint`] numbers them.
    6 no_text(tracepoint: u32): "the message of tracepoint {} cannot be read";
    // Maps that forget what is oldest are never full, but the kernel refuses a change that interrupts another one.
    /// Its events are missing until it is looked up again.
    7 connection_refused(error: i32): "a connection cannot be remembered (error {})";
    /// TCP events of it are missing.
    8 socket_refused(error: i32): "a socket cannot be remembered (error {})";
    /// It is in no counter.
    9 command_refused(error: i32): "a command's begin cannot be remembered (error {})";
    /// That it returned is not told.
    10 call_refused(error: i32): "a call cannot be remembered (error {})";
    /// Its other PDUs do not pass the filter.
    11 task_refused(error: i32): "a task cannot be remembered (error {})";
}

/// Counts, and says whether it is worth telling.
#[inline(always)]
fn is_news(number: u32) -> bool {
    let Some(count) = TOLD.get_ptr_mut(number) else {
        return false;
    };
    // SAFETY: memory of the map; that two CPUs may count at once does no harm.
    unsafe {
        *count += 1;
        *count <= ENOUGH
    }
}
