//! iSNS (RFC 4171).
