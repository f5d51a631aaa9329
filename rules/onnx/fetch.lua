-- How an ONNX file is read over a network. Sizes are in bytes.
return {
  -- Read together with the beginning: inputs and outputs lie behind the weights.
  tail = 32768,

  -- Read from where the walk stands: bytes at first, `growth` times as many when those were not
  -- enough, `most` at most.
  first = 8192,
  growth = 8,
  most = 4194304,

  guess = {
    -- Guesses at once, at first and at most; each time `growth` times as many.
    first = 32,
    most = 1024,
    -- Lengths of weights that the next one may depend on.
    memory = 6,
    -- A round trip is worth so many bytes: a place is asked for when its chance times this is more
    -- than its bytes.
    worth = 40960,
    -- A piece is expected to be as long as the longest one of so many before.
    recent = 16,
    widest = 65536,
    -- Bytes read before and behind a guessed piece, `drift` more for each step farther, and one
    -- part in `varies` of the piece: names grow with the numbers in them.
    before = 16,
    behind = 48,
    drift = 2,
    varies = 48,
  },
}
