//! Numbers of the probes as enums with the names that JSON, filters and recordings use.

/// Declares an enum whose variants are those of one of the probes' enums, each with its name.
macro_rules! mirrored {
    ($(#[$meta:meta])* pub enum $name:ident of $raw:path as $int:ty {
        $($(#[$doc:meta])* $variant:ident $text:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every name.
            pub const NAMES: &[&str] = &[$($text,)*];

            /// The name in JSON and filters.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one that travels as this number.
            pub fn from_number(number: $int) -> Option<Self> {
                use $raw as Raw;
                Some(match Raw::from_number(number)? { $(Raw::$variant => Self::$variant,)* })
            }
        }
    };
}

pub(super) use mirrored;
