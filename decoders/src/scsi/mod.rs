//! SCSI
/// placeholder until the scsi branch lands
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lun(pub [u8; 8]);
