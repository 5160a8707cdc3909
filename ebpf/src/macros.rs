//! One way to declare what both sides see.

/// Declares `repr(C)` structs of a given size: on the host with views from bytes and as map keys and values.
macro_rules! shared {
    ($($(#[$meta:meta])* pub struct $name:ident: $size:literal { $($(#[$doc:meta])* pub $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(
            feature = "host",
            derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
        )]
        pub struct $name { $($(#[$doc])* pub $field: $type,)* }

        const _: () = assert!(size_of::<$name>() == $size);

        // SAFETY: `repr(C)`, any bits are valid (`FromBytes`), and no padding (`IntoBytes` would not derive).
        #[cfg(feature = "host")]
        unsafe impl aya::Pod for $name {}
    )*};
}

/// Declares an enum that travels as a number.
macro_rules! numbered {
    ($(#[$meta:meta])* pub enum $name:ident: $int:ty { $($(#[$doc:meta])* $variant:ident = $value:literal,)* }) => {
        $(#[$meta])*
        #[repr($int)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant = $value,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The one with this number.
            pub const fn from_number(number: $int) -> Option<Self> {
                match number {
                    $($value => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use {numbered, shared};
