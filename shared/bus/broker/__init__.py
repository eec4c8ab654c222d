"""AMQP connections, consumers and publishers, without knowledge of contracts or the register."""
