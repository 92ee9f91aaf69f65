-- The words of messages, to search in. See message_search.rs. A row's id is made of the conversation's and of
-- the message's seq. The texts themselves are in `messages` only.
CREATE VIRTUAL TABLE message_search USING fts5 (
    words, content = '', columnsize = 0, detail = none, prefix = '3', tokenize = 'ascii'
);
CREATE VIRTUAL TABLE message_search_words USING fts5vocab (message_search, instance);

-- How far a conversation's messages are in there. Those from before are put in while the server runs.
ALTER TABLE conversations ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
