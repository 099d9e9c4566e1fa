#!/usr/bin/env python3
"""Follows a hub: prints who holds which thread, whenever that changes.   api_client.py [HOST:]PORT | unix:PATH"""
import json
import socket
import sys

TABLES = ("processes", "threads", "engines", "breakpoints")


def connect(address):
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address[5:])
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host or "localhost", int(port)))


def apply(state, method, update):
    """Brings the tables up to date. False: a delta is missing in between."""
    if method == "snapshot":
        state.clear()
        state.update({table: dict(update["set"][table]) for table in TABLES})
    elif update["number"] != state["number"] + 1:
        return False
    else:
        for table in TABLES:
            state[table].update(update["set"].get(table, {}))
            for key in update.get("gone", {}).get(table, []):
                del state[table][key]
    state["number"] = update["number"]
    return True


def holders(state):
    """Each held thread with who holds it and why."""
    for tid, thread in state["threads"].items():
        for hold in thread["holds"]:
            engine = state["engines"].get(str(hold["engine"]))
            yield f"{tid}: {engine['kind'] if engine else 'hub'}#{hold['engine']} {hold['reason']}"


def main():
    stream = connect(sys.argv[1]).makefile("rw", encoding="utf-8", newline="\n")
    print(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "follow", "params": {}}), file=stream, flush=True)
    state, shown = {}, None
    for line in stream:
        message = json.loads(line)
        if message.get("method") in ("snapshot", "delta") and not apply(state, message["method"], message["params"]):
            sys.exit("a delta is missing")
        now = sorted(holders(state)) if state else None
        if now != shown:
            print("; ".join(now) or "everything runs", flush=True)
            shown = now


if __name__ == "__main__":
    main()
