use std::fmt;

/// Set in the function IDs of responses (RFC 4171, section 5.1.2).
const RESPONSE: u16 = 0x8000;

/// A function ID: the kind of message (RFC 4171, sections 4.1.3 and 4.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Function(pub u16);

impl Function {
    /// Device attribute registration.
    pub const DEV_ATTR_REG: Self = Self(0x0001);
    /// Device attribute query.
    pub const DEV_ATTR_QRY: Self = Self(0x0002);
    /// The next object of a kind.
    pub const DEV_GET_NEXT: Self = Self(0x0003);
    /// Device deregistration.
    pub const DEV_DEREG: Self = Self(0x0004);
    /// Registration for state change notifications.
    pub const SCN_REG: Self = Self(0x0005);
    /// Deregistration from state change notifications.
    pub const SCN_DEREG: Self = Self(0x0006);
    /// A client's request to have a state change notified.
    pub const SCN_EVENT: Self = Self(0x0007);
    /// State change notification, from the server.
    pub const SCN: Self = Self(0x0008);
    /// Discovery domain registration.
    pub const DD_REG: Self = Self(0x0009);
    /// Discovery domain deregistration.
    pub const DD_DEREG: Self = Self(0x000a);
    /// Discovery domain set registration.
    pub const DDS_REG: Self = Self(0x000b);
    /// Discovery domain set deregistration.
    pub const DDS_DEREG: Self = Self(0x000c);
    /// Entity status inquiry: the server asks whether a portal is alive.
    pub const ESI: Self = Self(0x000d);
    /// Name service heartbeat; has no response.
    pub const HEARTBEAT: Self = Self(0x000e);
    /// Request for a Fibre Channel domain ID (iFCP).
    pub const RQST_DOM_ID: Self = Self(0x0011);
    /// Release of a Fibre Channel domain ID (iFCP).
    pub const RLSE_DOM_ID: Self = Self(0x0012);
    /// The Fibre Channel domain IDs in use (iFCP).
    pub const GET_DOM_ID: Self = Self(0x0013);

    /// Whether the leading bit says response.
    pub fn is_response(self) -> bool {
        self.0 & RESPONSE != 0
    }

    /// The function a response answers; the function itself for anything else.
    pub fn request(self) -> Self {
        Self(self.0 & !RESPONSE)
    }

    /// The RFC's name, e.g. `DevAttrReg` or `DevAttrRegRsp`.
    pub fn name(self) -> Option<&'static str> {
        let (request, response) = match self.request() {
            Self::DEV_ATTR_REG => ("DevAttrReg", "DevAttrRegRsp"),
            Self::DEV_ATTR_QRY => ("DevAttrQry", "DevAttrQryRsp"),
            Self::DEV_GET_NEXT => ("DevGetNext", "DevGetNextRsp"),
            Self::DEV_DEREG => ("DevDereg", "DevDeregRsp"),
            Self::SCN_REG => ("SCNReg", "SCNRegRsp"),
            Self::SCN_DEREG => ("SCNDereg", "SCNDeregRsp"),
            Self::SCN_EVENT => ("SCNEvent", "SCNEventRsp"),
            Self::SCN => ("SCN", "SCNRsp"),
            Self::DD_REG => ("DDReg", "DDRegRsp"),
            Self::DD_DEREG => ("DDDereg", "DDDeregRsp"),
            Self::DDS_REG => ("DDSReg", "DDSRegRsp"),
            Self::DDS_DEREG => ("DDSDereg", "DDSDeregRsp"),
            Self::ESI => ("ESI", "ESIRsp"),
            Self::HEARTBEAT if !self.is_response() => return Some("Heartbeat"),
            Self::RQST_DOM_ID => ("RqstDomId", "RqstDomIdRsp"),
            Self::RLSE_DOM_ID => ("RlseDomId", "RlseDomIdRsp"),
            Self::GET_DOM_ID => ("GetDomId", "GetDomIdRsp"),
            _ => return None,
        };
        Some(if self.is_response() { response } else { request })
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            // RFC 4171, section 4.1.3.
            None if (0x0100..=0x01ff).contains(&self.request().0) => {
                write!(f, "vendor-specific function {:#06x}", self.0)
            }
            None => write!(f, "function {:#06x}", self.0),
        }
    }
}
