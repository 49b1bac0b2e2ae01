"""What properties are checked with: tenant ids, and values that may stand in a key."""

from hypothesis import strategies as st

CONTROLS = [*map(chr, range(0x20)), "\x7f"]

control_characters = st.sampled_from(CONTROLS)
values = st.text(
    # The characters that matter most come up as often as all of the others.
    st.sampled_from("#% !a&*?~") | st.characters(codec="utf-8", exclude_characters=CONTROLS),
    min_size=1,
    max_size=40,
)
"""Values that may stand in a key; the longest of them fit into a sort key."""

tenant_ids = st.from_regex(r"[a-z0-9][a-z0-9-]{1,30}[a-z0-9]", fullmatch=True)
