use std::fmt;

use super::bits::{
    BitNames, CLASS_OF_SERVICE, DD_FEATURES, DDS_STATUS, NODE_TYPE, PORT_ROLE, PORTAL_SECURITY, SCN,
};

/// An attribute's tag (RFC 4171, section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u32);

/// How the bytes of an attribute are to be read.
#[derive(Clone, Copy)]
pub(super) enum Format {
    /// UTF-8, ended by a NUL and padded with NULs to a multiple of 4.
    Text,
    /// 4 bytes.
    Number,
    /// 4 bytes, a period.
    Seconds,
    /// 8 bytes, seconds since 1970.
    Time,
    /// 16 bytes, IPv4 addresses mapped.
    Ip,
    /// 4 bytes: port and transport.
    Port,
    /// 8 bytes, a Fibre Channel name.
    Wwn,
    /// 4 bytes, a Fibre Channel address in the lower 3.
    FcId,
    /// 4 bytes: highest and lowest version.
    VersionRange,
    /// 4 bytes.
    Bits(BitNames),
    /// 4 bytes with a name for each value.
    Code(&'static [(u32, &'static str)]),
    /// Anything.
    Bytes,
}

/// Section 6.2.2.
const ENTITY_PROTOCOLS: &[(u32, &str)] = &[(1, "No Protocol"), (2, "iSCSI"), (3, "iFCP")];

/// Section 6.6.3.
const FC_PORT_TYPES: &[(u32, &str)] = &[
    (0x0000, "Unidentified"),
    (0x0001, "N_Port"),
    (0x0002, "NL_Port"),
    (0x0003, "F/NL_Port"),
    (0x0081, "F_Port"),
    (0x0082, "FL_Port"),
    (0x0084, "E_Port"),
    (0xff12, "iFCP Port"),
];

/// Declares the tags' constants and their table from the same rows.
macro_rules! tags {
    ($($constant:ident = $number:literal, $name:literal, $format:expr;)*) => {
        impl Tag {
            $(#[doc = concat!($name, ".")] pub const $constant: Self = Self($number);)*
        }

        /// Number, name and format, ordered by number.
        const TABLE: &[(u32, &str, Format)] = &[$(($number, $name, $format),)*];
    };
}

tags! {
    DELIMITER = 0, "Delimiter", Format::Bytes;
    ENTITY_IDENTIFIER = 1, "Entity Identifier", Format::Text;
    ENTITY_PROTOCOL = 2, "Entity Protocol", Format::Code(ENTITY_PROTOCOLS);
    MANAGEMENT_IP_ADDRESS = 3, "Management IP Address", Format::Ip;
    TIMESTAMP = 4, "Timestamp", Format::Time;
    PROTOCOL_VERSION_RANGE = 5, "Protocol Version Range", Format::VersionRange;
    REGISTRATION_PERIOD = 6, "Registration Period", Format::Seconds;
    ENTITY_INDEX = 7, "Entity Index", Format::Number;
    ENTITY_NEXT_INDEX = 8, "Entity Next Index", Format::Number;
    ENTITY_ISAKMP_PHASE_1 = 11, "Entity ISAKMP Phase-1 Proposals", Format::Bytes;
    ENTITY_CERTIFICATE = 12, "Entity Certificate", Format::Bytes;
    PORTAL_IP_ADDRESS = 16, "Portal IP Address", Format::Ip;
    PORTAL_PORT = 17, "Portal TCP/UDP Port", Format::Port;
    PORTAL_SYMBOLIC_NAME = 18, "Portal Symbolic Name", Format::Text;
    ESI_INTERVAL = 19, "ESI Interval", Format::Seconds;
    ESI_PORT = 20, "ESI Port", Format::Port;
    PORTAL_INDEX = 22, "Portal Index", Format::Number;
    SCN_PORT = 23, "SCN Port", Format::Port;
    PORTAL_NEXT_INDEX = 24, "Portal Next Index", Format::Number;
    PORTAL_SECURITY_BITMAP = 27, "Portal Security Bitmap", Format::Bits(PORTAL_SECURITY);
    PORTAL_ISAKMP_PHASE_1 = 28, "Portal ISAKMP Phase-1 Proposals", Format::Bytes;
    PORTAL_ISAKMP_PHASE_2 = 29, "Portal ISAKMP Phase-2 Proposals", Format::Bytes;
    PORTAL_CERTIFICATE = 31, "Portal Certificate", Format::Bytes;
    ISCSI_NAME = 32, "iSCSI Name", Format::Text;
    ISCSI_NODE_TYPE = 33, "iSCSI Node Type", Format::Bits(NODE_TYPE);
    ISCSI_ALIAS = 34, "iSCSI Alias", Format::Text;
    ISCSI_SCN_BITMAP = 35, "iSCSI SCN Bitmap", Format::Bits(SCN);
    ISCSI_NODE_INDEX = 36, "iSCSI Node Index", Format::Number;
    WWNN_TOKEN = 37, "WWNN Token", Format::Wwn;
    ISCSI_NODE_NEXT_INDEX = 38, "iSCSI Node Next Index", Format::Number;
    ISCSI_AUTH_METHOD = 42, "iSCSI AuthMethod", Format::Text;
    PG_ISCSI_NAME = 48, "PG iSCSI Name", Format::Text;
    PG_PORTAL_IP_ADDRESS = 49, "PG Portal IP Address", Format::Ip;
    PG_PORTAL_PORT = 50, "PG Portal TCP/UDP Port", Format::Port;
    PG_TAG = 51, "PG Tag", Format::Number;
    PG_INDEX = 52, "PG Index", Format::Number;
    PG_NEXT_INDEX = 53, "PG Next Index", Format::Number;
    FC_PORT_NAME = 64, "FC Port Name WWPN", Format::Wwn;
    PORT_ID = 65, "Port ID", Format::FcId;
    FC_PORT_TYPE = 66, "FC Port Type", Format::Code(FC_PORT_TYPES);
    SYMBOLIC_PORT_NAME = 67, "Symbolic Port Name", Format::Text;
    FABRIC_PORT_NAME = 68, "Fabric Port Name", Format::Wwn;
    HARD_ADDRESS = 69, "Hard Address", Format::FcId;
    PORT_IP_ADDRESS = 70, "Port IP Address", Format::Ip;
    CLASS_OF_SERVICE = 71, "Class of Service", Format::Bits(CLASS_OF_SERVICE);
    FC4_TYPES = 72, "FC-4 Types", Format::Bytes;
    FC4_DESCRIPTOR = 73, "FC-4 Descriptor", Format::Text;
    FC4_FEATURES = 74, "FC-4 Features", Format::Bytes;
    IFCP_SCN_BITMAP = 75, "iFCP SCN Bitmap", Format::Bits(SCN);
    PORT_ROLE = 76, "Port Role", Format::Bits(PORT_ROLE);
    PERMANENT_PORT_NAME = 77, "Permanent Port Name", Format::Wwn;
    FC4_TYPE_CODE = 95, "FC-4 Type Code", Format::Bytes;
    FC_NODE_NAME = 96, "FC Node Name WWNN", Format::Wwn;
    SYMBOLIC_NODE_NAME = 97, "Symbolic Node Name", Format::Text;
    NODE_IP_ADDRESS = 98, "Node IP Address", Format::Ip;
    NODE_IPA = 99, "Node IPA", Format::Bytes;
    PROXY_ISCSI_NAME = 101, "Proxy iSCSI Name", Format::Text;
    SWITCH_NAME = 128, "Switch Name", Format::Wwn;
    PREFERRED_ID = 129, "Preferred ID", Format::Number;
    ASSIGNED_ID = 130, "Assigned ID", Format::Number;
    VIRTUAL_FABRIC_ID = 131, "Virtual_Fabric_ID", Format::Text;
    SERVER_VENDOR_OUI = 256, "iSNS Server Vendor OUI", Format::Bytes;
    DDS_ID = 2049, "DD_Set ID", Format::Number;
    DDS_SYMBOLIC_NAME = 2050, "DD_Set Symbolic Name", Format::Text;
    DDS_STATUS = 2051, "DD_Set Status", Format::Bits(DDS_STATUS);
    DDS_NEXT_ID = 2052, "DD_Set Next ID", Format::Number;
    DD_ID = 2065, "DD_ID", Format::Number;
    DD_SYMBOLIC_NAME = 2066, "DD_Symbolic Name", Format::Text;
    DD_MEMBER_ISCSI_INDEX = 2067, "DD_Member iSCSI Index", Format::Number;
    DD_MEMBER_ISCSI_NAME = 2068, "DD_Member iSCSI Name", Format::Text;
    DD_MEMBER_FC_PORT_NAME = 2069, "DD_Member FC Port Name", Format::Wwn;
    DD_MEMBER_PORTAL_INDEX = 2070, "DD_Member Portal Index", Format::Number;
    DD_MEMBER_PORTAL_IP_ADDRESS = 2071, "DD_Member Portal IP Address", Format::Ip;
    DD_MEMBER_PORTAL_PORT = 2072, "DD_Member Portal TCP/UDP Port", Format::Port;
    DD_FEATURES = 2078, "DD_Features", Format::Bits(DD_FEATURES);
    DD_NEXT_ID = 2079, "DD_ID Next ID", Format::Number;
}

/// The ranges left to vendors (section 6.10), first and last tag included.
const VENDOR_RANGES: &[(u32, u32, &str)] = &[
    (257, 384, "Vendor-Specific Server Attribute"),
    (385, 512, "Vendor-Specific Entity Attribute"),
    (513, 640, "Vendor-Specific Portal Attribute"),
    (641, 768, "Vendor-Specific iSCSI Node Attribute"),
    (769, 896, "Vendor-Specific FC Port Name Attribute"),
    (897, 1024, "Vendor-Specific FC Node Name Attribute"),
    (1025, 1280, "Vendor-Specific DDS Attribute"),
    (1281, 1536, "Vendor-Specific DD Attribute"),
    (1537, 2048, "Other Vendor-Specific Attribute"),
];

impl Tag {
    /// The RFC's name of the attribute, also of the ranges left to vendors; `None` for unassigned tags.
    pub fn name(self) -> Option<&'static str> {
        let is_inside = |&&(first, last, _): &&(u32, u32, _)| (first..=last).contains(&self.0);
        let vendor = || VENDOR_RANGES.iter().find(is_inside).map(|(_, _, name)| *name);
        self.row().map(|(_, name, _)| *name).or_else(vendor)
    }

    pub(super) fn format(self) -> Format {
        self.row().map_or(Format::Bytes, |(_, _, format)| *format)
    }

    fn row(self) -> Option<&'static (u32, &'static str, Format)> {
        TABLE.get(TABLE.binary_search_by_key(&self.0, |(number, _, _)| *number).ok()?)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row(), self.name()) {
            (Some(_), Some(name)) => f.write_str(name),
            (None, Some(range)) => write!(f, "{range} {}", self.0),
            _ => write!(f, "Attribute {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLE, Tag, VENDOR_RANGES};

    #[test]
    fn the_table_is_ordered_and_apart_from_the_vendors_ranges() {
        assert!(TABLE.is_sorted_by(|(left, ..), (right, ..)| left < right));
        for (number, name, _) in TABLE {
            let in_range = VENDOR_RANGES.iter().any(|(a, b, _)| (a..=b).contains(&number));
            assert!(!in_range, "{name}");
        }
        assert!(VENDOR_RANGES.is_sorted_by(|(_, last, _), (first, ..)| last < first));
    }

    #[test]
    fn tags_print_as_the_rfc_names_them() {
        assert_eq!(Tag(32).to_string(), "iSCSI Name");
        assert_eq!(Tag(600).to_string(), "Vendor-Specific Portal Attribute 600");
        assert_eq!(Tag(2048).to_string(), "Other Vendor-Specific Attribute 2048");
        assert_eq!(Tag(9).to_string(), "Attribute 9");
        assert_eq!(Tag(u32::MAX).to_string(), "Attribute 4294967295");
    }
}
