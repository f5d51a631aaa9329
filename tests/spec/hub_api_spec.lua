--- The address of the next page, in all the ways that a `Link` header may be written.

local api = require "modelsig.origin.hub.api"

describe("the next page in a Link header", function()
  it("is found wherever it stands", function()
    for link, expected in pairs {
      ['<https://h/a?cursor=1>; rel="next"'] = "https://h/a?cursor=1",
      ["</a?x=1,2>;rel=next"] = "/a?x=1,2",
      ['<a>; title="x"; rel="next"; foo=bar'] = "a",
      ['<a>; REL="Next"'] = "a",
      ['<a>; rel="prev", <b>; rel="next"'] = "b",
      ['<a>; rel="last next"'] = "a",
      ['<a>; rel="prev" , <b> ; rel = "next" , <c>; rel="last"'] = "b",
    } do
      assert.equal(expected, api.next_page(link), link)
    end
  end)

  it("is not there where nothing says so", function()
    for _, link in ipairs { "", "<a>", "next", '<a>; rel="prev"', '<a>; rel="nextpage"',
      '<a>; title="rel=next"', "a; rel=next", '<a; rel="next"', ("<"):rep(300000),
      ("<a>;"):rep(100000), ("<a>,"):rep(100000) .. '<b>; rel="next"' } do
      assert.is_nil(api.next_page(link), link:sub(1, 100))
    end
    assert.is_nil(api.next_page(nil))
  end)
end)
