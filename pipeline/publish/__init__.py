"""The only writers of what people read: one module per document; `outbox` puts a night's documents into place."""
