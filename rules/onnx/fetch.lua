-- How an ONNX file is read over a network. Sizes are in bytes.
return {
  -- Read together with the beginning: inputs and outputs lie behind the weights.
  tail = 32768,
  -- More of a large file, at the beginning, too: one part in so many, so many at most.
  share = 1024,
  ends = 196608,

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

  -- Where these guesses failed: places between the weights that are known.
  between = {
    -- Places at once, of all, and the least chance of one. Bytes of all: one part of the file in so
    -- many, at least so many; at once one part in so many of what is left.
    most = 400,
    places = 6000,
    least = 0.004,
    part = 120,
    bytes = 262144,
    ration = 3,
    -- Guesses of the other kind are still asked for from this chance on.
    guess = 0.05,
    -- Known places that are looked at, and distances between them that are guessed in at once.
    runs = 256,
    gaps = 64,
    -- Lengths of weights that are told apart, the most frequent ones. What was seen once counts so
    -- much less than that.
    kinds = 16,
    once = 0.5,

    -- How many weights of each length fill a distance: so many at most. All ways are looked for
    -- unless chance would find so many, too, or there are so many to try; the best ones count.
    longest = 64,
    chance = { known = 4, loose = 0.5 },
    tries = 2000,
    fillings = 3,

    -- Where so many weights are missing, the places of every step are asked for, else of the first
    -- one from either end, the second, the fourth and so on, to the deepest. Of each step the
    -- likeliest places, until so much of all chances is among them: of all steps, of some between
    -- two known places, of those beside one. So many places of a step lead to others.
    all = 16,
    deepest = 32,
    cover = { all = 0.97, some = 0.85, open = 0.9 },
    row = 256,
    -- That a place which was looked at is none.
    sure = 0.9,

    -- What lies between weights, beside the header: the average of so many; what differs by more
    -- than one part in so many is of another kind. Longer pieces than `whole` are not asked for as
    -- a whole. So many steps from a known place any kind may be met, and the tag of a field alone.
    recent = 8,
    alike = 4,
    whole = 128,
    near = 2,
    tag = 4,
    -- Read before the end of a message, to see where its last weight ends.
    ends = 1024,
    -- Bytes by which a distance may miss, and as in `guess`.
    slack = 48,
    before = 16,
    behind = 48,
    drift = 2,
    varies = 48,
    -- Where there are bytes for it, so many times the room for what varies: of what each place may
    -- cost at most one part in so many.
    wider = 6,
    roomy = 4,
  },
}
