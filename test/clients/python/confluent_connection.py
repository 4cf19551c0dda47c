"""How librdkafka's settings say where to connect, and how to get in."""

from observe import SECURITY


def connection(bootstrap):
    if SECURITY is None:
        return {"bootstrap.servers": bootstrap}
    config = {"bootstrap.servers": bootstrap, "security.protocol": "SSL", "ssl.ca.location": SECURITY["ca"]}
    if "identity" in SECURITY:
        config.update({"ssl.certificate.location": SECURITY["identity"], "ssl.key.location": SECURITY["identity"]})
    if "sasl" in SECURITY:
        sasl = SECURITY["sasl"]
        config.update({"security.protocol": "SASL_SSL", "sasl.mechanism": sasl["mechanism"]})
        config.update({"sasl.username": sasl["username"], "sasl.password": sasl["password"]})
    return config
