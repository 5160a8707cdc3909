use super::Opcode;
use crate::bytes::{be16, be24, be32};
use crate::scsi::Lun;

/// Length of a Basic Header Segment, bytes (RFC 7143, section 11.2.1).
pub const BHS_LEN: usize = 48;

/// The tag that means "no tag" (RFC 7143, sections 11.2.1.8 and 11.7.4).
pub const RESERVED_TAG: u32 = 0xffff_ffff;

/// A Basic Header Segment.
///
/// A field is `None` where the PDU's opcode, or one of its flags, leaves it reserved: an absent field is never
/// reported as 0. Field names are RFC 7143's in snake case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bhs(pub [u8; BHS_LEN]);

/// A set of opcodes, so that each field names its PDUs in one line.
#[derive(Clone, Copy)]
struct In(u64);

impl In {
    const fn these(opcodes: &[Opcode]) -> Self {
        let mut bits = 0;
        let mut rest = opcodes;
        while let [first, tail @ ..] = rest {
            bits |= 1 << first.0;
            rest = tail;
        }
        Self(bits)
    }

    /// Everything a target sends.
    const TARGET: Self = Self::these(&[
        Opcode::NOP_IN,
        Opcode::SCSI_RESPONSE,
        Opcode::TMF_RESPONSE,
        Opcode::LOGIN_RESPONSE,
        Opcode::TEXT_RESPONSE,
        Opcode::DATA_IN,
        Opcode::LOGOUT_RESPONSE,
        Opcode::R2T,
        Opcode::ASYNC_MESSAGE,
        Opcode::REJECT,
    ]);
    /// Requests that take a place in the command order.
    const COMMANDS: Self = Self::these(&[
        Opcode::NOP_OUT,
        Opcode::SCSI_COMMAND,
        Opcode::TMF_REQUEST,
        Opcode::LOGIN_REQUEST,
        Opcode::TEXT_REQUEST,
        Opcode::LOGOUT_REQUEST,
    ]);
    const ACKNOWLEDGING: Self =
        Self(Self::COMMANDS.0 | Self::these(&[Opcode::DATA_OUT, Opcode::SNACK_REQUEST]).0);
    const LOGIN: Self = Self::these(&[Opcode::LOGIN_REQUEST, Opcode::LOGIN_RESPONSE]);
    const TEXT: Self = Self::these(&[Opcode::TEXT_REQUEST, Opcode::TEXT_RESPONSE]);
    const DATA: Self = Self::these(&[Opcode::DATA_OUT, Opcode::DATA_IN]);
    const WITH_TTT: Self = Self(
        Self::DATA.0
            | Self::TEXT.0
            | Self::these(&[Opcode::NOP_OUT, Opcode::NOP_IN, Opcode::R2T, Opcode::SNACK_REQUEST]).0,
    );
    const OFFSET: Self = Self(Self::DATA.0 | Self::these(&[Opcode::R2T]).0);
}

impl Bhs {
    /// The header at the start of `bytes`, if 48 are there.
    #[inline]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied().map(Self)
    }

    #[inline]
    fn has(&self, set: In) -> bool {
        set.0 >> self.opcode().0 & 1 == 1
    }

    #[inline]
    fn is(&self, opcode: Opcode) -> bool {
        self.opcode() == opcode
    }

    #[inline]
    fn u32_in(&self, set: In, offset: usize) -> Option<u32> {
        if self.has(set) { be32(&self.0, offset) } else { None }
    }

    #[inline]
    fn u16_of(&self, opcode: Opcode, offset: usize) -> Option<u16> {
        if self.is(opcode) { be16(&self.0, offset) } else { None }
    }

    fn u8_of(&self, opcode: Opcode, offset: usize) -> Option<u8> {
        if self.is(opcode) { self.0.get(offset).copied() } else { None }
    }

    fn flag_of(&self, opcode: Opcode, mask: u8) -> Option<bool> {
        self.is(opcode).then_some(self.flags() & mask != 0)
    }

    /// The opcode.
    #[inline]
    pub fn opcode(&self) -> Opcode {
        Opcode(self.0[0] & 0x3f)
    }

    /// I: immediate delivery, outside the command order. Only requests have the bit.
    #[inline]
    pub fn immediate(&self) -> Option<bool> {
        (self.opcode().0 & 0x20 == 0).then_some(self.0[0] & 0x40 != 0)
    }

    /// Byte 1 as it is: flags and small fields whose meaning depends on the opcode.
    #[inline]
    pub fn flags(&self) -> u8 {
        self.0[1]
    }

    /// F: last (or only) PDU of a sequence. In Login PDUs the same bit is T, see [`Self::transit`].
    #[inline]
    pub fn final_bit(&self) -> Option<bool> {
        (!self.has(In::LOGIN) && self.opcode().is_known()).then_some(self.flags() & 0x80 != 0)
    }

    /// TotalAHSLength, in 4-byte words, 0-255.
    #[inline]
    pub fn total_ahs_length(&self) -> u8 {
        self.0[4]
    }

    /// DataSegmentLength, bytes without padding, 0-16777215.
    #[inline]
    pub fn data_segment_length(&self) -> u32 {
        be24(&self.0, 5).unwrap_or_default()
    }

    /// Initiator Task Tag.
    #[inline]
    pub fn initiator_task_tag(&self) -> u32 {
        be32(&self.0, 16).unwrap_or_default()
    }

    /// Target Transfer Tag; [`RESERVED_TAG`] is a value here, not an absence.
    #[inline]
    pub fn target_transfer_tag(&self) -> Option<u32> {
        self.u32_in(In::WITH_TTT, 20)
    }

    /// Logical unit number, where RFC 7143 makes the field valid for this PDU.
    pub fn lun(&self) -> Option<Lun> {
        let valid = match self.opcode() {
            Opcode::SCSI_COMMAND | Opcode::R2T => true,
            // Only these functions are about one logical unit (RFC 7143, section 11.5.3).
            Opcode::TMF_REQUEST => matches!(self.flags() & 0x7f, 1..=5 | 8..=10),
            // A bit 0x40: the target asks for a DataACK SNACK, which needs LUN and TTT (11.7.4).
            Opcode::DATA_IN => self.flags() & 0x40 != 0,
            Opcode::ASYNC_MESSAGE => matches!(self.0[36], 0 | 5),
            Opcode::NOP_OUT
            | Opcode::NOP_IN
            | Opcode::TEXT_REQUEST
            | Opcode::TEXT_RESPONSE
            | Opcode::DATA_OUT
            | Opcode::SNACK_REQUEST => self.target_transfer_tag() != Some(RESERVED_TAG),
            _ => false,
        };
        let bytes = self.0.get(8..16)?.first_chunk()?;
        valid.then_some(Lun(*bytes))
    }

    /// CmdSN of a request. For an immediate one it is the next number, not consumed.
    #[inline]
    pub fn cmd_sn(&self) -> Option<u32> {
        self.u32_in(In::COMMANDS, 24)
    }

    /// ExpStatSN: the status number the initiator expects next.
    #[inline]
    pub fn exp_stat_sn(&self) -> Option<u32> {
        self.u32_in(In::ACKNOWLEDGING, 28)
    }

    /// StatSN. In Data-In it is valid only with S, in R2T it is the next number, not consumed.
    #[inline]
    pub fn stat_sn(&self) -> Option<u32> {
        if self.is(Opcode::DATA_IN) && !self.carries_status() {
            return None;
        }
        self.u32_in(In::TARGET, 24)
    }

    /// ExpCmdSN: the command number the target expects next.
    #[inline]
    pub fn exp_cmd_sn(&self) -> Option<u32> {
        self.u32_in(In::TARGET, 28)
    }

    /// MaxCmdSN: the highest command number the target accepts now.
    #[inline]
    pub fn max_cmd_sn(&self) -> Option<u32> {
        self.u32_in(In::TARGET, 32)
    }

    /// DataSN of a Data-In or Data-Out PDU.
    #[inline]
    pub fn data_sn(&self) -> Option<u32> {
        self.u32_in(In::DATA, 36)
    }

    /// R2TSN.
    pub fn r2t_sn(&self) -> Option<u32> {
        self.u32_in(In::these(&[Opcode::R2T]), 36)
    }

    /// ExpDataSN: how many Data-In and R2T PDUs the target sent for the command.
    pub fn exp_data_sn(&self) -> Option<u32> {
        self.u32_in(In::these(&[Opcode::SCSI_RESPONSE, Opcode::TMF_REQUEST]), 36)
    }

    /// Buffer Offset, bytes from the start of the command's buffer.
    #[inline]
    pub fn buffer_offset(&self) -> Option<u32> {
        self.u32_in(In::OFFSET, 40)
    }

    /// Expected Data Transfer Length of a SCSI Command, bytes.
    pub fn expected_data_transfer_length(&self) -> Option<u32> {
        self.u32_in(In::these(&[Opcode::SCSI_COMMAND]), 20)
    }

    /// Desired Data Transfer Length of an R2T, bytes.
    pub fn desired_data_transfer_length(&self) -> Option<u32> {
        self.u32_in(In::these(&[Opcode::R2T]), 44)
    }

    /// Whether this PDU carries a SCSI status: a SCSI Response, or a Data-In with S (section 11.7.3).
    #[inline]
    pub fn carries_status(&self) -> bool {
        self.is(Opcode::SCSI_RESPONSE) || self.is(Opcode::DATA_IN) && self.flags() & 0x01 != 0
    }

    /// Residual Count, bytes; meaningful with the overflow or underflow flag.
    pub fn residual_count(&self) -> Option<u32> {
        if self.carries_status() { be32(&self.0, 44) } else { None }
    }

    /// Bidirectional Read Residual Count, bytes.
    pub fn bidirectional_read_residual_count(&self) -> Option<u32> {
        self.u32_in(In::these(&[Opcode::SCSI_RESPONSE]), 40)
    }

    /// O: more data than the initiator's buffer holds; `residual_count` bytes did not fit.
    pub fn overflow(&self) -> Option<bool> {
        self.carries_status().then_some(self.flags() & 0x04 != 0)
    }

    /// U: less data than expected; `residual_count` bytes were not transferred.
    pub fn underflow(&self) -> Option<bool> {
        self.carries_status().then_some(self.flags() & 0x02 != 0)
    }

    /// o: overflow of the read part of a bidirectional command.
    pub fn bidirectional_read_overflow(&self) -> Option<bool> {
        self.flag_of(Opcode::SCSI_RESPONSE, 0x10)
    }

    /// u: underflow of the read part of a bidirectional command.
    pub fn bidirectional_read_underflow(&self) -> Option<bool> {
        self.flag_of(Opcode::SCSI_RESPONSE, 0x08)
    }

    /// A: the target wants a DataACK SNACK for this Data-In.
    pub fn acknowledge(&self) -> Option<bool> {
        self.flag_of(Opcode::DATA_IN, 0x40)
    }

    /// S: this Data-In carries the command's status.
    pub fn status_bit(&self) -> Option<bool> {
        self.flag_of(Opcode::DATA_IN, 0x01)
    }

    /// R: the command expects to read.
    pub fn read(&self) -> Option<bool> {
        self.flag_of(Opcode::SCSI_COMMAND, 0x40)
    }

    /// W: the command expects to write.
    pub fn write(&self) -> Option<bool> {
        self.flag_of(Opcode::SCSI_COMMAND, 0x20)
    }

    /// ATTR: 0 untagged, 1 simple, 2 ordered, 3 head of queue, 4 ACA.
    pub fn task_attribute(&self) -> Option<u8> {
        self.is(Opcode::SCSI_COMMAND).then_some(self.flags() & 0x07)
    }

    /// The 16 CDB bytes of a SCSI Command; longer CDBs continue in the AHS.
    #[inline]
    pub fn cdb(&self) -> Option<&[u8; 16]> {
        if self.is(Opcode::SCSI_COMMAND) { self.0.last_chunk() } else { None }
    }

    /// Response code of a SCSI, task management or logout response.
    #[inline]
    pub fn response(&self) -> Option<u8> {
        matches!(
            self.opcode(),
            Opcode::SCSI_RESPONSE | Opcode::TMF_RESPONSE | Opcode::LOGOUT_RESPONSE
        )
        .then_some(self.0[2])
    }

    /// SCSI status. Only meaningful when the response is 0, "command completed at target".
    #[inline]
    pub fn status(&self) -> Option<u8> {
        self.carries_status().then_some(self.0[3])
    }

    /// SNACK Tag of a SCSI Response.
    pub fn snack_tag(&self) -> Option<u32> {
        self.u32_in(In::these(&[Opcode::SCSI_RESPONSE]), 20)
    }

    /// T: the sender is ready to leave the current login stage.
    pub fn transit(&self) -> Option<bool> {
        self.has(In::LOGIN).then_some(self.flags() & 0x80 != 0)
    }

    /// C: the text continues in the next PDU.
    pub fn continue_bit(&self) -> Option<bool> {
        (self.has(In::LOGIN) || self.has(In::TEXT)).then_some(self.flags() & 0x40 != 0)
    }

    /// CSG: current login stage: 0 security, 1 operational, 3 full feature phase.
    pub fn csg(&self) -> Option<u8> {
        self.has(In::LOGIN).then_some(self.flags() >> 2 & 3)
    }

    /// NSG: next login stage; reserved unless T is set.
    pub fn nsg(&self) -> Option<u8> {
        (self.transit() == Some(true)).then_some(self.flags() & 3)
    }

    /// Version-max of a Login PDU.
    pub fn version_max(&self) -> Option<u8> {
        self.has(In::LOGIN).then_some(self.0[2])
    }

    /// Version-min of a Login Request.
    pub fn version_min(&self) -> Option<u8> {
        self.u8_of(Opcode::LOGIN_REQUEST, 3)
    }

    /// Version-active of a Login Response.
    pub fn version_active(&self) -> Option<u8> {
        self.u8_of(Opcode::LOGIN_RESPONSE, 3)
    }

    /// ISID, the initiator's part of the session identifier (section 11.12.5).
    pub fn isid(&self) -> Option<&[u8; 6]> {
        if self.has(In::LOGIN) { self.0.get(8..14)?.first_chunk() } else { None }
    }

    /// TSIH, the target's part of the session identifier; 0 asks for a new session.
    pub fn tsih(&self) -> Option<u16> {
        if self.has(In::LOGIN) { be16(&self.0, 14) } else { None }
    }

    /// CID, the connection's number within its session.
    pub fn cid(&self) -> Option<u16> {
        if self.is(Opcode::LOGIN_REQUEST) || self.is(Opcode::LOGOUT_REQUEST) {
            be16(&self.0, 20)
        } else {
            None
        }
    }

    /// Login status class: 0 success, 1 redirection, 2 initiator error, 3 target error.
    pub fn status_class(&self) -> Option<u8> {
        self.u8_of(Opcode::LOGIN_RESPONSE, 36)
    }

    /// Login status detail within the class.
    pub fn status_detail(&self) -> Option<u8> {
        self.u8_of(Opcode::LOGIN_RESPONSE, 37)
    }

    /// Reason of a Logout Request or a Reject.
    pub fn reason(&self) -> Option<u8> {
        match self.opcode() {
            Opcode::LOGOUT_REQUEST => Some(self.flags() & 0x7f),
            Opcode::REJECT => Some(self.0[2]),
            _ => None,
        }
    }

    /// Time2Wait of a Logout Response, seconds.
    pub fn time2wait(&self) -> Option<u16> {
        self.u16_of(Opcode::LOGOUT_RESPONSE, 40)
    }

    /// Time2Retain of a Logout Response, seconds.
    pub fn time2retain(&self) -> Option<u16> {
        self.u16_of(Opcode::LOGOUT_RESPONSE, 42)
    }

    /// Task management function.
    pub fn function(&self) -> Option<u8> {
        self.is(Opcode::TMF_REQUEST).then_some(self.flags() & 0x7f)
    }

    /// The tag of the task that ABORT TASK or TASK REASSIGN is about.
    pub fn referenced_task_tag(&self) -> Option<u32> {
        self.u32_in(In::these(&[Opcode::TMF_REQUEST]), 20)
    }

    /// RefCmdSN: the CmdSN of the task to abort.
    pub fn ref_cmd_sn(&self) -> Option<u32> {
        self.u32_in(In::these(&[Opcode::TMF_REQUEST]), 32)
    }

    /// AsyncEvent code.
    pub fn async_event(&self) -> Option<u8> {
        self.u8_of(Opcode::ASYNC_MESSAGE, 36)
    }

    /// AsyncVCode, a vendor's code.
    pub fn async_vcode(&self) -> Option<u8> {
        self.u8_of(Opcode::ASYNC_MESSAGE, 37)
    }

    /// Parameter1 to Parameter3 of an Asynchronous Message; their meaning depends on the event.
    pub fn async_parameters(&self) -> Option<[u16; 3]> {
        let at = |offset| self.u16_of(Opcode::ASYNC_MESSAGE, offset);
        Some([at(38)?, at(40)?, at(42)?])
    }

    /// SNACK type: 0 Data/R2T, 1 Status, 2 DataACK, 3 R-Data.
    pub fn snack_type(&self) -> Option<u8> {
        self.is(Opcode::SNACK_REQUEST).then_some(self.flags() & 0x0f)
    }

    /// BegRun: first number asked for again.
    pub fn beg_run(&self) -> Option<u32> {
        self.u32_in(In::these(&[Opcode::SNACK_REQUEST]), 40)
    }

    /// RunLength: how many are asked for; 0 means all from BegRun.
    pub fn run_length(&self) -> Option<u32> {
        self.u32_in(In::these(&[Opcode::SNACK_REQUEST]), 44)
    }
}
