-- haproxy-spom.lua - asks SPOM whether a request may pass, and who it is; see haproxy.cfg.

local CHECK = "http://127.0.0.1:8082/check/forward"
local PORTAL = "https://login.example.edu"      -- as portal.origin has it
local EDGE = "/etc/haproxy/spom-edge"           -- portal.edge_secret_file's line; read before HAProxy gives up its rights

local file = assert(io.open(EDGE))
local secret = file:read("l")
file:close()

local TOLD = { "remote-user", "remote-name", "remote-email", "remote-groups", "remote-amr", "remote-jwt" }
local PASSED = { "accept", "accept-language", "sec-fetch-mode" }
local ANSWERED = { "location", "set-cookie", "content-type", "content-language", "content-security-policy", "cache-control", "vary",
	"retry-after", "referrer-policy", "x-content-type-options", "x-frame-options" }

-- All values of a header field; HAProxy counts them from 0.
local function values(headers, name)
	local all, found = {}, headers[name]
	for i = 0, found and #found or -1 do
		all[#all + 1] = found[i]
	end
	return all
end

-- Each cookie but SPOM's own, which the application is not sent.
local function without_ours(line)
	local kept = {}
	for pair in line:gmatch("[^;]+") do
		local name = pair:match("^%s*([^=]*)"):gsub("^__Host%-", "")
		if name ~= "spom_app" and name ~= "spom_nonce" then
			kept[#kept + 1] = pair:match("^%s*(.*)")
		end
	end
	return table.concat(kept, "; ")
end

local function question(txn, sent)
	local asked = {
		["x-spom-edge"] = { secret },
		["x-spom-origin"] = { PORTAL },
		["x-forwarded-for"] = { txn.sf:src() },
		["x-forwarded-proto"] = { txn.sf:ssl_fc() == 1 and "https" or "http" },
		["x-forwarded-host"] = values(sent, "host"),
		["x-forwarded-uri"] = { txn.sf:pathq() },
		["x-forwarded-method"] = { txn.sf:method() },
	}
	for _, name in ipairs(PASSED) do
		asked[name] = { values(sent, name)[1] }
	end
	local cookies = table.concat(values(sent, "cookie"), "; ")
	if cookies ~= "" then
		asked["cookie"] = { cookies }
	end
	return asked, cookies
end

-- Whatever is no yes goes to the browser as SPOM said it.
local function close(txn, answer)
	local reply = txn:reply({ status = answer.status, reason = answer.reason })
	for _, name in ipairs(ANSWERED) do
		for _, value in ipairs(values(answer.headers, name)) do
			reply:add_header(name, value)
		end
	end
	reply:set_body(answer.body or "")
	txn:done(reply)
end

core.register_action("spom", { "http-req" }, function(txn)
	local asked, cookies = question(txn, txn.http:req_get_headers())
	local answer = core.httpclient():get({ url = CHECK, headers = asked, timeout = 5000 })
	if not answer or not answer.status or answer.status == 0 or not answer.headers then
		txn:done(txn:reply({ status = 503, headers = { ["retry-after"] = { "2" } } }))
	elseif answer.status ~= 200 then
		close(txn, answer)
	end
	for _, name in ipairs(TOLD) do
		txn.http:req_del_header(name)
		local value = values(answer.headers, name)[1]
		if value then
			txn.http:req_set_header(name, value)
		end
	end
	txn.http:req_del_header("cookie")
	local kept = without_ours(cookies)
	if kept ~= "" then
		txn.http:req_set_header("cookie", kept)
	end
	txn:set_var("txn.spom_passed", true)
end)

-- For what is SPOM's own; never before an application.
core.register_action("spom_edge", { "http-req" }, function(txn)
	txn.http:req_set_header("x-spom-edge", secret)
	txn.http:req_set_header("x-spom-origin", PORTAL)
end)
