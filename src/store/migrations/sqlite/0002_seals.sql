-- What is kept beside the log, under no signature, is sealed: a digest of the row, so that a damaged byte
-- cannot turn an old pass into a fresh one. What is there without one is made anew: lines from the log,
-- results by running the checks again.
DELETE FROM observations;
DELETE FROM passes;
DELETE FROM portfolio;

ALTER TABLE observations ADD COLUMN seal BLOB;
ALTER TABLE passes ADD COLUMN seal BLOB;
ALTER TABLE portfolio ADD COLUMN seal BLOB;
