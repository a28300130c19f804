//! What a person or a program sees: events, bars, JSON lines, prompts, redaction.
