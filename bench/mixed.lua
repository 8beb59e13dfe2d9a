-- The peers' own script with two changes, the first for every target, the second for ours only:
--   UPLOAD     the picture that is submitted, a real JPEG file (theirs is random bytes behind a JPEG's first bytes, which we refuse)
--   APPROVALS  lines "token id": what may be approved and by whom (theirs takes any number from 1 to MAX_ID); each is used once
dofile(os.getenv("PEERS_LUA"))
local theirs = init

function init(args)
  local format, approve = wrk.format, (os.getenv("P_APPROVE") or "/approve/{id}")
  local before, method = approve:match("^(.-){id}"), os.getenv("M_APPROVE") or "PUT"
  local picture, list, at = nil, nil, 0
  local file = io.open(os.getenv("UPLOAD") or "", "rb")
  if file then picture = file:read("*a"); file:close() end
  if (os.getenv("APPROVALS") or "") ~= "" then
    local n, threads = 0, tonumber(os.getenv("WRK_THREADS") or "2")
    list = {}
    for line in io.lines(os.getenv("APPROVALS")) do
      if n % threads == tid then local token, id = line:match("^(%S+)%s+(%S+)$"); list[#list + 1] = { token, id } end
      n = n + 1
    end
  end
  wrk.format = function(verb, path, headers, body)
    if body and picture then
      local _, last = body:find("image/jpeg\r\n\r\n", 1, true)
      local bound = body:match("^(%-%-[^\r]+)")
      body = body:sub(1, last) .. picture .. "\r\n" .. bound .. "--\r\n"
    elseif list and #list > 0 and verb == method and path:sub(1, #before) == before then
      at = at % #list + 1
      path, headers = before .. list[at][2], { Authorization = "Bearer " .. list[at][1] }
    end
    return format(verb, path, headers, body)
  end
  theirs(args)
end
