//! tshark's PDML, as far as the comparison needs it: one tag a line, fields in a flat list.

use anyhow::Context;

/// A `proto` element with every field below it, in order.
#[derive(Debug)]
pub struct Proto {
    pub name: String,
    pub fields: Vec<Field>,
}

/// A `field` element.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    /// The value as the display filter language writes it.
    pub show: String,
    /// The line people see.
    pub label: String,
}

/// One packet: its protocols, outermost first.
pub type Packet = Vec<Proto>;

pub fn parse(text: &str) -> anyhow::Result<Vec<Packet>> {
    let mut packets: Vec<Packet> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let tag = line.trim_start();
        let place = || format!("PDML line {}: {line}", number + 1);
        if tag.starts_with("<packet>") {
            packets.push(Vec::new());
        } else if tag.starts_with("<proto ") {
            let name = attribute(tag, "name").with_context(place)?;
            packets.last_mut().with_context(place)?.push(Proto { name, fields: Vec::new() });
        } else if tag.starts_with("<field ") {
            let field = Field {
                name: attribute(tag, "name").with_context(place)?,
                show: attribute(tag, "show").unwrap_or_default(),
                label: attribute(tag, "showname").unwrap_or_default(),
            };
            let protos = packets.last_mut().with_context(place)?;
            protos.last_mut().with_context(place)?.fields.push(field);
        }
    }
    Ok(packets)
}

/// Attributes are separated by one space, so `name` does not find `showname`.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ];
    Some(
        entities.iter().fold(value.to_owned(), |text, (entity, plain)| text.replace(entity, plain)),
    )
}

#[test]
fn fields_keep_their_order_and_entities_become_characters() {
    let packets = parse(
        "<packet>\n<proto name=\"iscsi\" showname=\"x\">\n\
         <field name=\"a\" showname=\"1 &lt; 2\" show=\"&amp;lt;\">\n<field name=\"b\" show=\"\"/>\n</field>\n</proto>\n</packet>",
    )
    .unwrap();
    let fields = &packets[0][0].fields;
    assert_eq!(fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((fields[0].label.as_str(), fields[0].show.as_str()), ("1 < 2", "&lt;"));
}
