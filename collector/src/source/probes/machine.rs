use iscsi_decoders::Timestamp;

use crate::event::connection::Flown;

/// What must be asked of the machine the events come from to understand them.
pub trait Machine {
    /// The time of day at this many nanoseconds of CLOCK_BOOTTIME.
    fn time(&self, boottime: u64) -> Timestamp;

    /// The kernel function an address lies in, behind it its module in brackets: `iscsi_conn_failure [libiscsi]`.
    fn function(&self, address: u64) -> Option<String>;

    /// The flight recorder of the connection with this `iscsi_conn`, oldest first.
    fn flight(&self, connection: u64) -> Vec<Flown>;
}
