# SPDX-License-Identifier: GPL-3.0-or-later
"""A laboratory: two providers of certified mail and an ordinary mail server on the loopback of one machine.

Real servers, nothing simulated: Postfix, Dovecot, clamd, SoftHSM and opec itself, each with a configuration of its own below one
work folder. The demo shows it to people and the integration tests ask it questions. Each module is one concept; `lab.lab.Lab` puts
them together:

    with Lab(folder, "build/opec") as lab:
        lab.submit("mario@alfa.example", ["anna@beta.example"], message)
"""
