---@meta modelsig.native.net
--- HTTP transfers in parallel over few connections, and URLs. No redirect is followed and nothing
--- is retried here. Built without the network, every function returns nil, message, "unsupported".

---@class modelsig.Url
---@field scheme "http"|"https"
---@field host string lower case; an IPv6 address with its brackets
---@field port integer
---@field path string
---@field query? string
---@field origin string "https://host:443"

---@class modelsig.NetOptions
---@field endpoint string URL; its scheme, host and port are the only place where the token may go
---@field token? string visible ASCII, else code "auth"
---@field user_agent? string
---@field ca_file? string certificates to trust (PEM); with it or ca_path nothing else is trusted
---@field ca_path? string folder of hashed certificates; beside it the usual file of the system is
---  read only if the folder is not enough. Without either, libcurl's own
---@field http_proxy? string for http; else $http_proxy, $HTTP_PROXY. For https, libcurl's variables
---@field allow_http? boolean plain http although the endpoint is https
---@field connections? integer at most this many a host by HTTP/2 (2)
---@field streams? integer transfers on one HTTP/2 connection (100)
---@field http1_connections? integer at most this many a host without HTTP/2 (16)
---@field jobs? integer transfers under way in all (no limit)
---@field connect_ms? integer until a connection stands (10000)
---@field idle_ms? integer without a byte from the host (30000); its connection is then dropped
---@field max_requests? integer of the session; more is code "limit"
---@field max_bytes? integer bodies of the session; more is code "limit"
---@field fail_at? integer for tests: the transfer of this number, from 1, fails
---@field fail_stage? "connect"|"headers"|"body"

---@class modelsig.NetRequest
---@field url string
---@field token? boolean send the token, if the origin is the endpoint's
---@field range? integer[] {first, last}, inclusive
---@field total? integer size of the file, if it is known; another one is code "mismatch"
---@field validator? string entity tag; another one in the answer to a range is code "mismatch"
---@field gzip? boolean let the server compress; not with a range
---@field head? boolean
---@field spread? boolean dial a second connection for it while the first is not up yet: many
---  requests will follow, more than one connection takes
---@field max_bytes? integer of the body (with a range its length, else 16 MiB)
---@field allow_full? integer take a 200 to a range if its declared length is at most this
---@field timeout_ms? integer from when it leaves the queue until it is complete
---@field idle_ms? integer without a byte from the host, where that is less than the session's
---@field headers? table<string, string>
---@field stop? integer[] statuses whose body is not wanted, beside 3xx

---@class modelsig.NetAnswer
---@field id integer
---@field url string without the query
---@field status integer 0: no answer came
---@field headers table<string, string> names in lower case; values of one name joined by ", "
---@field body? string nil after a failure and with 3xx; of an error status at most 4 kB
---@field bytes integer received, of the body
---@field error? {code: string, message: string, kind: string} kind is one of budget certificate
---  closed connect cut encoding headers idle limit memory other protocol proxy range redirect
---  resolve size timeout tls url
---@field retry "no"|"network"|"status"|"rate"
---@field retry_after? integer seconds, also where the header has a date
---@field rate? {bucket: string, remaining: integer, reset: integer?} reset in seconds
---@field location? string absolute, with its query, of a 3xx
---@field etag? string without W/ and quotes
---@field total? integer size of the file, by Content-Range (also of a 416) or Content-Length
---@field http? "2"|"1.1"
---@field time {connect_ms: integer, first_byte_ms: integer, total_ms: integer}

---@class modelsig.NetSession
local session = {}

--- Puts a request into the queue. Misuse (a wrong type, an unknown field) raises.
---@param request modelsig.NetRequest
---@return integer id
---@return nil, string message, string code malformed, unsupported or limit
function session:start(request) end

--- Works until an answer is complete.
---@param timeout_ms? integer without one it waits as long as it takes
---@return modelsig.NetAnswer
---@return nil, "timeout"|"idle"|"cancelled" why idle: nothing is under way, and the time is over
function session:wait(timeout_ms) end

--- Forgets a request in whatever state; no answer will come.
---@param id integer
---@return boolean found
function session:cancel(id) end

--- What was done so far: requests sent, bytes of bodies, connections made; and what is under way.
---@return table<"requests"|"bytes"|"connections"|"active"|"queued", integer>
function session:stats() end

--- Ends all transfers; closing twice is fine. Also done by <close> and the collector.
function session:close() end

---@class modelsig.native.net
---@field built boolean false: built without the network
local M = {}

--- Opens a session: one set of connections. Give transfers that belong together one session.
---@param options modelsig.NetOptions
---@return modelsig.NetSession
---@return nil, string message, string code auth, malformed or unsupported
function M.open(options) end

--- Takes an http or https URL apart. User-info in it is malformed.
---@param text string
---@return modelsig.Url
---@return nil, string message, string code
function M.url(text) end

--- Makes a reference absolute (RFC 3986, 5.2); the fragment is dropped, the query stays as it is.
---@param base string
---@param reference string
---@return string
---@return nil, string message, string code
function M.join(base, reference) end

--- Percent-encodes all but letters, digits and - . _ ~
---@param text string
---@param keep_slash? boolean
---@return string
function M.escape(text, keep_slash) end

--- Decodes %NN; a % without two hexadecimal digits stays.
---@param text string
---@return string
function M.unescape(text) end

--- Makes server text fit for a terminal: control characters and broken UTF-8 as \xNN, cut to `most`
--- bytes (4096) with "..." behind.
---@param text string
---@param most? integer
---@return string
function M.printable(text, most) end

return M
