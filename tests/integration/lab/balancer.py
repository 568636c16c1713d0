# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands before several nodes: a connection goes to the next of them that takes it."""
import itertools
import socket
import threading


def _end(connection):
    """Closed alone, it would stay open for as long as the other thread waits on it, and its client with it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _pump(source, sink):
    try:
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)
    except OSError:     # a node that was killed resets its connections
        _end(source)
        _end(sink)


class Balancer:
    """Listens on `address`:`port` and passes on to one of `nodes`, which are addresses with the same port."""

    def __init__(self, address, port, nodes):
        self.port, self.nodes = port, nodes
        self.turns = itertools.count()
        self.listener = socket.create_server((address, port), backlog=100)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client, next(self.turns)), daemon=True).start()

    def _pass_on(self, client, turn):
        for step in range(len(self.nodes)):
            try:
                node = socket.create_connection((self.nodes[(turn + step) % len(self.nodes)], self.port), timeout=5)
            except OSError:
                continue
            node.settimeout(None)
            threading.Thread(target=_pump, args=(node, client), daemon=True).start()
            _pump(client, node)
            return
        client.close()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
