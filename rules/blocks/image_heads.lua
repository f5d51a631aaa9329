--- Whole models around an encoder of images (`block.vision.stack`), by the end of the class name.

local function body(m, c, f, spec, x, more)
  return m:call(f.names.model, f.classes.model or "*Model", spec, x, f.body(c, f, more))
end

local function spec_of(f) return f.calls.model or "pixel_values=x" end

local function bare(m, c, f, x)
  return m:call("", c.root_class or f.classes.model or "*Model", spec_of(f), x, f.body(c, f))
end

local function whole(suffix, more, head)
  return function(m, c, f, x)
    return m:call("", c.root_class or "*" .. suffix, spec_of(f), x, function(r, y)
      return head(r, c, f, body(r, c, f, "x", y, more))
    end)
  end
end

local labels = block.heads.labels

--- Classifies the vector of an image. `o`: `suffix` of the class name, `more` options of the body
--- without its pooler, `names` of the projections, `width(c)` of the vector.
local function classified(o)
  o = o or {}
  return whole(o.suffix or "ForImageClassification",
    o.more or { pooler = false, no_pool = true },
    function(r, c)
      local out = {}
      local vector = shape.tensor(r.dtype, 1, o.width and o.width(c) or c.hidden_size)
      for _, name in ipairs(o.names or { "classifier" }) do
        out[#out + 1] = r:linear(name, vector, labels(c), { bias = true,
          role = "head.score" .. (o.names and "." .. name or "") })
      end
      return #out == 1 and shape.named("logits", out[1])
        or shape.named("logits", out[1], "cls_logits", out[1], "distillation_logits", out[2])
    end)
end

--- Rebuilds the image from the patches.
local function masked_image(m, c, f, x)
  return whole("ForMaskedImageModeling", { pooler = false, no_pool = true, mask_token = "row" },
    function(r, _, _, out)
      local rows, columns = block.vision.grid(c)
      local stride, e = c.encoder_stride, c.hidden_size
      local channels = c.num_channels or 3
      r:call("decoder", "Sequential", "x", shape.tensor(r.dtype, out[2].dims[1], e, rows, columns),
        function(s, y)
          local n = channels * (stride * stride)
          y = block.conv.conv(s, "0", y, shape.tensor(s.dtype, y.dims[1], n, rows, columns),
            { 1, 1 }, { bias = true, role = "head.pixels" })
          return s:leaf("1", "PixelShuffle", y,
            shape.tensor(s.dtype, y.dims[1], channels, rows * stride, columns * stride))
        end)
      return shape.named("reconstruction", shape.tensor(r.dtype, out[2].dims[1], channels,
        rows * stride, columns * stride))
    end)(m, c, f, x)
end

return { bare = bare, whole = whole, labels = labels, classified = classified,
  masked_image = masked_image }
