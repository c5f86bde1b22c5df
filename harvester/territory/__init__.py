"""The gazetteer: France's communes and the units that enclose them. Pure, loaded once."""
