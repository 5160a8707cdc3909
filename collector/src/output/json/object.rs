//! One JSON object, written member by member.
//!
//! A capture has millions of records with dozens of members each, so what serde would do again for every one of them,
//! looking through names of our own for something to escape, is left out.

use std::io::{self, Write};

use serde::Serialize;

use crate::output::Hex;
use crate::value::Value;

/// An object under construction at the end of a buffer.
pub(super) struct Object<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
}

impl<'o> Object<'o> {
    pub fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true }
    }

    pub fn end(self) {
        self.out.push(b'}');
    }

    /// A value of the table.
    pub fn value(&mut self, name: &'static str, value: Value<'_>) -> io::Result<()> {
        self.name(name);
        match value {
            Value::Number(number) => self.write(&number),
            Value::Bool(truth) => self.write(&truth),
            Value::Text(text) => self.write(text),
            Value::Bytes(bytes) => write!(self.out, "\"{}\"", Hex(bytes)),
            Value::Time(time) => write!(self.out, "\"{time}\""),
            Value::Address(address) => write!(self.out, "\"{address}\""),
            Value::Object => self.write(&()),
        }
    }

    /// Anything else that serde can write.
    pub fn member(
        &mut self,
        name: &'static str,
        value: &(impl Serialize + ?Sized),
    ) -> io::Result<()> {
        self.name(name);
        self.write(value)
    }

    /// An object inside this one.
    pub fn object(
        &mut self,
        name: &'static str,
        fill: impl FnOnce(&mut Object<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.name(name);
        let mut inner = Object::begin(self.out);
        fill(&mut inner)?;
        inner.end();
        Ok(())
    }

    fn name(&mut self, name: &'static str) {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn write(&mut self, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
        Ok(serde_json::to_writer(&mut *self.out, value)?)
    }
}

#[cfg(test)]
mod tests {
    use iscsi_decoders::Timestamp;

    use super::*;

    #[test]
    fn values_are_json_whatever_the_wire_said() {
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        object.value("number", Value::Number(u64::MAX)).unwrap();
        object.value("truth", Value::Bool(true)).unwrap();
        object.value("text", Value::Text("a\"b\\c\u{1}\n")).unwrap();
        object.value("bytes", Value::Bytes(&[0x0f, 0xa0])).unwrap();
        object.value("time", Value::Time(Timestamp(-1))).unwrap();
        object.value("end", Value::Address("[fe80::1]:3260".parse().unwrap())).unwrap();
        object.object("empty", |_| Ok(())).unwrap();
        object.object("full", |inner| inner.member("list", &["x", "y"])).unwrap();
        object.end();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                r#"{"number":18446744073709551615,"truth":true,"text":"a\"b\\c\u0001\n","bytes":"0fa0","#,
                r#""time":"-0.000000001","end":"[fe80::1]:3260","empty":{},"full":{"list":["x","y"]}}"#
            )
        );
    }

    #[test]
    fn names_need_no_escaping() {
        use crate::output::FIELDS;
        let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        assert!(FIELDS.iter().all(|field| plain(field.name)));
    }
}
