//! The read model: labels, what users get, sets of registries, listing, information, verifying and
//! comparing, on descriptors that are built here and on archives on disk.

mod labels;
