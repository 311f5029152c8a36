// Tells orch what happens in the sessions that it watches; `orch hooks uninstall` removes it.
// The counterpart of orch/system/hook.py: one line for each sign, in the file that ORCH_SIGNS
// names; nothing at all where it names none.
import { appendFileSync, statSync } from "node:fs"
import { createConnection } from "node:net"
import { createHash } from "node:crypto"
import { homedir, userInfo } from "node:os"
import { resolve } from "node:path"

const TOLD = new Set([
  "session.created",
  "session.status",
  "session.idle",
  "session.error",
  "session.deleted",
  "permission.asked",
  "permission.updated",
  "permission.replied",
  "question.asked",
  "question.replied",
  "question.rejected",
])
const WHOLE = 64 * 1024
const FULL = 64 * 1024 * 1024

const daemon = () => {
  if (process.env.ORCH_SOCKET) return process.env.ORCH_SOCKET
  const root = resolve((process.env.ORCH_HOME || "~/.orch").replace(/^~(?=\/|$)/, homedir()))
  if (Buffer.byteLength(`${root}/run/session-server.sock`) <= 107) return `${root}/run/daemon.sock`
  const digest = createHash("sha256").update(root).digest("hex").slice(0, 12)
  return `/tmp/orch-${userInfo().uid}-${digest}/daemon.sock`
}

const poke = () => {
  const connection = createConnection(daemon())
  connection.on("error", () => connection.destroy())
  connection.on("data", () => connection.destroy())
  connection.setTimeout(200, () => connection.destroy())
  connection.write('{"jsonrpc":"2.0","id":1,"method":"session.hook"}\n')
}

const shorten = (value, depth) => {
  if (typeof value === "string") return value.slice(0, 2000)
  if (Array.isArray(value)) return depth ? value.slice(0, 40).map((v) => shorten(v, depth - 1)) : null
  if (value && typeof value === "object") {
    if (!depth) return null
    const few = Object.entries(value).slice(0, 40)
    return Object.fromEntries(few.map(([key, v]) => [key.slice(0, 200), shorten(v, depth - 1)]))
  }
  return value
}

const full = (spool) => {
  try {
    return statSync(spool).size >= FULL
  } catch {
    return false
  }
}

const note = (spool, event, payload) => {
  try {
    if (full(spool)) return
    const head = `{"at":${(Date.now() / 1000).toFixed(6)},"agent":"opencode","event":"${event}"`
    let body = JSON.stringify(payload ?? {})
    let mark = ""
    if (Buffer.byteLength(body) > WHOLE) {
      mark = ',"truncated":true'
      body = JSON.stringify(shorten(payload, 3))
      if (Buffer.byteLength(body) > WHOLE) body = JSON.stringify(shorten(payload, 1))
    }
    appendFileSync(spool, `${head}${mark},"payload":${body}}\n`, { mode: 0o600 })
    poke()
  } catch {
    // A hook that fails must not disturb the agent.
  }
}

export const Orch = async () => {
  const spool = process.env.ORCH_SIGNS
  if (!spool) return {}
  const tool = (name) => async ({ tool, sessionID, callID }) =>
    note(spool, name, { tool, sessionID, callID })
  return {
    event: async ({ event }) => {
      if (TOLD.has(event.type)) note(spool, event.type, event.properties)
    },
    "tool.execute.before": tool("tool.execute.before"),
    "tool.execute.after": tool("tool.execute.after"),
  }
}
