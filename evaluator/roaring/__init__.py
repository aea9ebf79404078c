"""Members as 64-bit portable Roaring files, for programs in any language, and keys beside them."""
