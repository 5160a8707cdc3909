#!/bin/sh
# Between cargo and rustc while the probes are built. Cargo's `metadata` hashes where things lie, and ends up in the
# names of symbols; the crates' names tell them apart well enough.
rustc=$1
shift
case " $* " in
*" --target bpfel-unknown-none "*)
    for argument; do
        shift
        case $argument in metadata=*) argument=metadata=fixed ;; esac
        set -- "$@" "$argument"
    done
    ;;
esac
exec "$rustc" "$@"
