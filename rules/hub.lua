--- How models are read from Hubs: where to ask, what to ask for first, how much is too much, how
--- often to try again, and every sentence about it. Sizes are in bytes, times in seconds.
return {
  endpoint = "https://huggingface.co",

  --- Other names of Hubs: pages there may be typed, and a permanent redirect may lead there.
  hosts = { "huggingface.co", "hf.co", "hub-ci.huggingface.co" },

  --- The revision where none is named. Only of this one the Hub gives all headers in one answer.
  revision = "main",

  --- Nearly all headers are shorter than 100 kB; 8 bytes before them say how long they are.
  first_read = 100008,

  --- Ask for the headers of all shards in one request, where the Hub offers that?
  one_request = true,
  one_request_wait = 5,     -- without a byte of it; then the shards are asked

  --- Asked for beside the first request, before it is known what there is; formats add theirs.
  beside = { "config.json" },

  --- Small files that are read where they are there.
  small = { "config.json", "hf_quant_config.json" },

  --- Requests that one connection carries at once; where more shards are known to come, a second
  --- one is opened beside the first.
  streams = 100,

  --- Connections to a host that speaks no HTTP/2, as some mirrors and proxies of companies: each
  --- takes one request at a time.
  connections = 16,

  --- Models that are read at the same time; the next ones wait, and their time with them.
  models = 8,

  limits = {
    listing = 32000000,     -- bytes of one answer with the list of files
    files = 200000,         -- files in the list
    pages = 200,            -- pages of a list
    small = 10000000,       -- a configuration
    index = 250000000,
    header = 100000000,     -- as in the format's own library
    shards = 10000,
    ranges = 10000,         -- parts asked for of one file
    redirects = 5,
    budget = 2000000000,    -- bytes a model
    token = 4000,           -- characters; real ones have some forty
    said = 300,             -- characters of a server's own words in a message
  },

  connect = 10,             -- until a connection stands
  idle = 20,                -- without a byte
  timeout = 30,             -- a model

  --- Tries after the first (`reach`: where there is no such host, or nobody listens), and pauses
  --- before them, doubled each time: a lost connection is tried again at once, a server in trouble
  --- gets a moment.
  retry = { times = 5, reach = 2, network = 0.1, status = 1, most = 8 },

  --- Variables that name certificates to trust, the first one that is set counts.
  ca_file = { "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE" },
  ca_path = { "SSL_CERT_DIR" },

  sentences = {
    ["reference.empty"] = "{text}: the name of a model expected, as org/name",
    ["reference.repository"] = "{text}: '{repository}' is no name of a repository: letters, "
      .. "digits, '-', '_' and '.' expected, as org/name",
    ["reference.revision"] = "{text}: '{revision}' is no name of a revision",
    ["reference.path"] = "{text}: '{path}' is no path in a repository",
    ["reference.kind"] = "{text}: {kind} are not read, only models",
    ["reference.host"] = "{text}: {host} is not known as a Hub; --endpoint https://{host} makes "
      .. "it one",
    ["reference.page"] = "{text}: not the page of a model, of one of its folders or files",

    ["endpoint.url"] = "the endpoint {endpoint} is no address of a Hub: {message}",
    ["endpoint.query"] = "the endpoint {endpoint} is no address of a Hub: no '?' and no '#' "
      .. "expected",
    ["token.characters"] = "the token from {from} has characters that no token has; it was not "
      .. "sent",
    ["token.length"] = "the token from {from} has {length} characters, at most {most} are sent",
    ["token.file"] = "the token from {from} cannot be read: {message}",

    missing = "{repository}: no such repository on {host}, or it is private. Check the spelling; "
      .. "a private one needs the token of someone who may read it (--token or HF_TOKEN)",
    missing_token = "{repository}: no such repository on {host}, or the token from {from} may not "
      .. "see it. Check the spelling, and who the token belongs to",
    near = ". There is no such file or folder here either{hint}",
    gated = "{repository} is gated: ask for access at {page}, then give your token (--token or "
      .. "HF_TOKEN)",
    gated_token = "{repository} is gated, and the owner of the token from {from} has no access "
      .. "yet: ask for it at {page}",
    bad_token = "{host} refuses the token from {from}: it is wrong or has expired. Make a new one "
      .. "at {tokens}, or go on without it",
    login = "{repository}: {host} wants a token (--token or HF_TOKEN){said}",
    permission = "{repository}: the token from {from} lacks a permission{said}. One that may read "
      .. "the contents of this repository is needed",
    forbidden = "{repository}: {host} forbids to read {what}{said}",
    disabled = "{repository} is disabled on {host}: nobody can read it, whatever the token",
    revision = "{repository} has no revision '{revision}'; its branches and tags are shown at "
      .. "{page}",
    entry = "{repository} has no file {path} at {revision}",
    notfound = "{repository}: {host} does not know {what}{said}",
    ratelimited = "{host} limits requests{bucket}: the next one is allowed in {seconds} s, and "
      .. "--timeout leaves {left} s{advice}",
    ratelimited_often = "{host} limits requests{bucket} (status 429, {tries} tries){advice}",
    advice_token = ". A token (--token or HF_TOKEN) raises the limit",
    status = "{host} answers {status} to {what}{said}{often}",
    cdn = "{host}, where the Hub keeps {path}, answers {status}, also to a new address: a fault "
      .. "over there, not a missing right",
    transfer = "{what} from {host}: {message}{often}",
    proxy = "{what} from {host}, through the proxy: {message}{often}",
    often = " ({tries} tries)",
    said = " ({text})",

    redirect_none = "{host} redirects {what} without saying where to",
    redirect_many = "{what}: more than {most} redirects",
    redirect_loop = "{what}: the redirects go in a circle",
    redirect_plain = "{what}: a redirect from https to {place} is not followed",
    redirect_host = "{what}: {host} sends to {place}, which is not known as a Hub",
    redirect_bad = "{what}: a redirect to an address that cannot be followed ({message})",

    answer = "{what}: {host} sends {kind} where {expected} was expected",
    listing_json = "{what}: {message}",
    listing_commit = "{what}: {host} does not say which commit it is",
    listing_commit_odd = "{what}: {host} says commit {found}, {wanted} was asked for",
    listing_files = "{what}: {host} lists more than {most} files",
    pages_host = "{what}: the next page of the list is said to be at {place}; it was not asked",
    pages_loop = "{what}: the pages of the list go in a circle",
    pages_many = "{what}: more than {most} pages",
    moved = "{repository}: '{revision}' moved while it was read, twice; try again, or name a "
      .. "commit",
    commit = "{path}: {host} sends commit {found} where {wanted} was asked for",
    size = "{path}: {found} bytes, and the list of files says {wanted}",
    identity = "{path}: {host} sends another file than the list of files says",
    size_unknown = "{path}: {host} does not say how large it is",
    full = "{path}: {host} sends the whole file in place of a part; --allow-full BYTES lets it",
    absent = "{path}: no such file{more}; {index} names it",
    more = " (nor {count} more)",
    shards = "{index}: more than {most} files",
    ranges = "{path}: what is wanted of it lies in more than {most} places",

    folder = "{repository} has no file or folder {path}{hint}",
    kind = "{repository}: {path} is neither a folder nor a {weights} file nor a configuration",
    pipeline = "{repository} is a pipeline of several models (model_index.json); name one of its "
      .. "folders: {folders}",
    nothing = "{repository}: neither {config} nor {weights} ({files} files){folders}",
    nothing_folders = "; a folder is named so: {folders}",

    timeout = "{repository}: not read in {seconds} s (--timeout); awaited from {host}: {what}",
    budget = "{repository}: more than {budget} bytes would be fetched (--budget)",
    offline = "{repository}: nothing of {revision} is in the cache, and offline nothing is asked",
    offline_file = "{repository}: {path} at {revision} is not in the cache, and offline nothing "
      .. "is asked",
    offline_damaged = "{repository}: what the cache has of {revision} is damaged or of another "
      .. "version, and offline nothing is asked",
    offline_file_damaged = "{repository}: what the cache has of {path} at {revision} is damaged, "
      .. "and offline nothing is asked",
    net = "{reference}: this build does not read from the Hub",
    cached = ". What an earlier run read is in the cache: --offline reads that",
    unread = "{path}: not among the files that were fetched",

    renamed = "the repository is called {now} now",
    outside = "{count} files of the list have paths that lead outside, as {path}; they were left "
      .. "out",
    cache = "nothing was kept for the next run: {message}",
    cache_nowhere = "nothing was kept for the next run: HOME is not an absolute path, and "
      .. "XDG_CACHE_HOME neither",

    progress_models = "{done} of {count} models",
    progress_files = "{files} files, {bytes}",
    progress_awaits = "awaiting {what}",
  },
}
