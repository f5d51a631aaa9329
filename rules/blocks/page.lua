--- Where words stand on a page: a box around each, given as its corners.

--- The boxes that a model is given.
local function given(m, ids)
  m.env.bbox = shape.tensor("I64", 1, ids.dims[2], 4)
end

--- Embeddings of two corners, the height and the width of a box. Both corners use the same tables,
--- of the width `corner`; those of height and width are `size` wide.
local function box(m, c, ids, corner, size)
  for i, name in ipairs { "x", "y", "x", "y", "h", "w" } do
    m.repeated = i == 3 or i == 4
    m:embedding(name .. "_position_embeddings", ids, c.max_2d_position_embeddings,
      i > 4 and size or corner, { role = "embedding.place." .. name })
  end
  m.repeated = nil
end

return { given = given, box = box }
