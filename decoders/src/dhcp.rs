//! The DHCP iSNS option (RFC 4174).
