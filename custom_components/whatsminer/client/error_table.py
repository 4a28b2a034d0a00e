"""The table of the miner's error codes: words, how bad, which part, what to do.

Put together from MicroBT's error-code lists of 2021 and 2026, the list of its API v3, the
texts of WhatsMinerTool 9.2 and tables that others keep; the words are this project's own. How bad
an error is, is a guess where the miner goes on working. What to do is named only where
the maker names it.
"""

_FAN = "fan"
_PSU = "PSU"
_PSU_AIR = "PSU or the air around it"
_MAINS = "mains"
_BOARD = "hash board"
_CHIP = "chip"
_CONTROL = "control board"
_AIR = "air around the miner"
_LIQUID = "cooling liquid"
_POOL = "pool"
_NETWORK = "pool or network"
_FIRMWARE = "firmware"
_DATA = "factory data"
_MINER = "miner"

_RESEAT_FAN = (
    "Plug the fan in anew; if that does not help, replace the fan, "
    "or the PSU that feeds it"
)
_COOL_PSU = "Cool the room and the PSU"
_COOL = "Cool the room"
_CHECK_MAINS = "Have the mains checked"
_BETTER_MAINS = "Provide a stronger supply with a higher voltage"
_TOO_HIGH = "Have the mains checked: the voltage is too high"
_TOO_LOW = "Have the mains checked: the voltage is too low"
_BAR_SCREWS = "Cool the room, and tighten the screws of the copper bars"
_SWAP_PSU = "Replace the PSU"
_CONTROL_SCREWS = "Tighten the screws of the control board"
_RIBBON = "Check the adapter board and the ribbon cable of the hash board"
_SERVICE = "Ask the maker's service"
_FLASH = "Install the firmware again"
_SD_CARD = "Install the firmware from an SD card, then with WhatsMinerTool"
_POOLS = "Check the network and the pool settings"
_RATE = "Check mains voltage, network and room temperature; restart and look again"
_POWERLESS = "Take it off the mains for 10 minutes; if it comes back, replace the PSU"
_CHECK_PSU = "Have the PSU checked"

type Row = tuple[str, str, str | None, str | None]
"""Words, severity, part and remedy; None where it is not known."""

# The digits in brackets are the numbers that the words name: of a board, of a chip.
ERRORS: dict[str, Row] = {
    "100": ("Fan: unknown fault", "error", _FAN, None),
    "110": (
        "Intake fan speed cannot be measured / is wrong",
        "error",
        _FAN,
        _RESEAT_FAN,
    ),
    "111": (
        "Exhaust fan speed cannot be measured / is wrong",
        "error",
        _FAN,
        _RESEAT_FAN,
    ),
    "120": ("Intake fan off target by more than 2000 RPM", "error", _FAN, _RESEAT_FAN),
    "121": ("Exhaust fan off target by more than 2000 RPM", "error", _FAN, _RESEAT_FAN),
    "130": ("Intake fan off target by more than 3000 RPM", "error", _FAN, _RESEAT_FAN),
    "131": ("Exhaust fan off target by more than 3000 RPM", "error", _FAN, _RESEAT_FAN),
    "140": (
        "Fans at their limit: surroundings too hot",
        "warning",
        "fans or the air around the miner",
        "Cool the air around the miner",
    ),
    "200": (
        "No PSU detected",
        "critical",
        _PSU,
        (
            "Check the flat cable between PSU and control board; then install the newest "
            "firmware; then try another PSU"
        ),
    ),
    "201": (
        "PSU does not fit the configuration",
        "critical",
        _PSU,
        (
            "Fit the type of PSU that this miner needs (P21D and P21E look alike); "
            "the newest firmware may help"
        ),
    ),
    "202": (
        "PSU output voltage wrong",
        "error",
        _PSU,
        "Install the newest firmware, then check the PSU",
    ),
    "203": ("PSU protecting itself (hot surroundings)", "error", _PSU_AIR, _COOL_PSU),
    "204": ("PSU current protection", "error", _PSU_AIR, _COOL_PSU),
    "205": (
        "PSU current wrong / unstable mains",
        "warning",
        _MAINS,
        "Have the mains checked: is the voltage steady?",
    ),
    "206": ("PSU input voltage too low", "error", _MAINS, _BETTER_MAINS),
    "207": ("PSU input current protection", "error", _MAINS, _BETTER_MAINS),
    "208": ("PSU power reading wrong / changes too much", "warning", _PSU, _SWAP_PSU),
    "209": ("PSU output voltage offset", "error", _PSU, None),
    "210": (
        "PSU reports an error status word",
        "error",
        _PSU,
        "Read the PSU's own status word on the errors page of the miner",
    ),
    "211": ("PSU output current wrong", "error", _PSU, "Restart and look again"),
    "212": (
        "PSU output voltage at the edge of its range (margin used up)",
        "warning",
        _PSU,
        None,
    ),
    "213": (
        "PSU input voltage and current do not fit the power",
        "error",
        _PSU,
        "Restart; if that does not help, replace the PSU",
    ),
    "214": ("PSU input power does not change", "warning", _PSU, None),
    "215": ("PSU output voltage could not be set", "error", _PSU, None),
    "216": ("PSU power unchanged for too long", "warning", _PSU, None),
    "217": ("PSU enable could not be set", "warning", _PSU, "Restart and look again"),
    "218": (
        "Input voltage under 230 V while in High power mode",
        "warning",
        _MAINS,
        "Provide 230 V or more, or use another power mode",
    ),
    "219": ("PSU input current incorrect", "warning", _PSU, None),
    "23[3-5]": ("PSU output over-temperature", "error", _PSU_AIR, _COOL_PSU),
    "236": (
        "PSU output over-current (may be bus-bar screws)",
        "error",
        _PSU,
        _BAR_SCREWS,
    ),
    "23[78]": ("PSU output over-current", "error", _PSU, _BAR_SCREWS),
    "239": ("PSU output over-voltage", "error", _MAINS, _CHECK_MAINS),
    "240": ("PSU output under-voltage", "error", _MAINS, _CHECK_MAINS),
    "241": ("PSU output current imbalance", "error", _PSU, _SWAP_PSU),
    "24[3-5]": ("PSU input over-temperature", "error", _PSU_AIR, _COOL),
    "246": (
        "PSU input over-current",
        "error",
        _PSU,
        "Cool the room; if that does not help, replace the PSU",
    ),
    "247": ("PSU input over-current", "error", _PSU, _COOL),
    "24[89]": ("PSU input over-voltage", "error", _MAINS, _TOO_HIGH),
    "25[01]": ("PSU input under-voltage", "error", _MAINS, _TOO_LOW),
    "25[34]": ("PSU fan fault", "error", _PSU, "Replace the PSU: its fan has failed"),
    "25[56]": ("PSU output over-power", "error", _PSU_AIR, _COOL),
    "257": (
        "PSU primary-side over-current",
        "critical",
        _PSU,
        "Take it off the mains and start again; if it comes back, replace the PSU",
    ),
    "258": ("Voltages of the mains phases differ", "warning", _MAINS, None),
    "259": ("Voltages of the mains phases differ too much", "error", _MAINS, None),
    "260": ("Currents of the mains phases differ", "warning", _PSU, None),
    "261": ("Currents of the mains phases differ too much", "error", _PSU, None),
    "263": ("Communication with the PSU shaky", "warning", _CONTROL, _CONTROL_SCREWS),
    "264": ("Communication with the PSU lost", "error", _CONTROL, _CONTROL_SCREWS),
    "26[56]": ("PSU unknown error", "warning", _PSU, None),
    "267": ("PSU watchdog tripped", "error", _PSU, _SERVICE),
    "268": ("PSU output over-current", "error", _PSU, _BAR_SCREWS),
    "269": ("PSU input over-current", "error", _MAINS, _BETTER_MAINS),
    "270": ("PSU input over-voltage", "warning", _MAINS, _TOO_HIGH),
    "271": ("PSU input under-voltage", "error", _MAINS, _TOO_LOW),
    "272": ("PSU output power high", "warning", _PSU_AIR, _COOL),
    "273": ("PSU input power high", "warning", _PSU_AIR, _COOL),
    "274": (
        "PSU fan warning",
        "warning",
        _PSU,
        "See whether something blocks the fan of the PSU; it may need a new one",
    ),
    "275": ("PSU temperature warning", "warning", _PSU_AIR, _COOL_PSU),
    "27[6-9]": ("PSU unknown error", "warning", _PSU, None),
    "280": ("PSU unknown error", "warning", _PSU, None),
    "281": ("PSU vendor status word 1, bit 0", "warning", _PSU, None),
    "282": ("PSU vendor status word 1, bit 1", "warning", _PSU, None),
    "283": ("PSU vendor status word 1, bit 2", "warning", _PSU, None),
    "284": ("PSU vendor status word 1, bit 3", "warning", _PSU, None),
    "285": ("PSU vendor status word 1, bit 4", "warning", _PSU, None),
    "286": ("PSU vendor status word 1, bit 5", "warning", _PSU, None),
    "287": ("PSU vendor status word 1, bit 6", "warning", _PSU, None),
    "288": ("PSU vendor status word 1, bit 7", "warning", _PSU, None),
    "289": ("PSU vendor status word 2, bit 0", "warning", _PSU, None),
    "290": ("PSU vendor status word 2, bit 1", "warning", _PSU, None),
    "291": ("PSU vendor status word 2, bit 2", "warning", _PSU, None),
    "292": ("PSU vendor status word 2, bit 3", "warning", _PSU, None),
    "293": ("PSU vendor status word 2, bit 4", "warning", _PSU, None),
    "294": ("PSU vendor status word 2, bit 5", "warning", _PSU, None),
    "295": ("PSU vendor status word 2, bit 6", "warning", _PSU, None),
    "296": ("PSU vendor status word 2, bit 7", "warning", _PSU, None),
    "29[7-9]": ("PSU vendor status", "warning", _PSU, None),
    "30[0-3]": (
        "Board {0}: temperature sensor not found",
        "error",
        _BOARD,
        "Check the plug, the adapter board and the ribbon cable of the hash board",
    ),
    "309": (
        "No board temperature sensor found at all",
        "error",
        _BOARD,
        "Check the plugs of the hash boards",
    ),
    "32[0-3]": (
        "Board {0}: temperature reading failed",
        "warning",
        _BOARD,
        (
            "Tighten the screws of the control board; check the contacts of adapter board "
            "and ribbon cable"
        ),
    ),
    "326": ("Liquid temperature sensor cannot be read", "warning", _LIQUID, None),
    "329": (
        "Temperature sensor communication of the control board failed",
        "warning",
        _CONTROL,
        _SWAP_PSU,
    ),
    "330": ("Ambient temperature reading failed", "warning", _AIR, None),
    "335": ("Inlet (liquid) temperature reading failed", "warning", _LIQUID, None),
    "34[0-3]": ("Board {0}: held back because of temperature", "warning", _BOARD, None),
    "35[0-3]": (
        "Board {0}: over-temperature protection",
        "critical",
        "hash board or what cools it",
        "Get the board cooler: room, air flow or liquid",
    ),
    "360": (
        "A hash board overheats",
        "critical",
        _BOARD,
        "Renew the thermal paste or pads of the hash boards",
    ),
    "36[1-3]": ("Board {0} overheats", "critical", _BOARD, None),
    "370": (
        "Ambient temperature swings too much",
        "warning",
        _AIR,
        "Check the room temperature, and whether wind blows into the miner",
    ),
    "380": ("Humidity sensor not found", "warning", _AIR, None),
    "38[12]": ("Humidity sensor reading failed", "warning", _AIR, None),
    "383": ("Humidity protection", "error", _AIR, None),
    "400": ("EEPROM: unknown fault", "error", _BOARD, None),
    "41[0-3]": ("Board {0}: EEPROM not detected", "error", _BOARD, _RIBBON),
    "42[0-3]": (
        "Board {0}: EEPROM content not understood",
        "error",
        _BOARD,
        "Install the newest firmware; if that does not help, ask the maker's service",
    ),
    "43[0-3]": ("Board {0}: chip bin in EEPROM wrong", "error", _BOARD, _SERVICE),
    "44[0-3]": ("Board {0}: chip count in EEPROM wrong", "error", _BOARD, _SERVICE),
    "45[0-3]": ("Board {0}: EEPROM transfer failed", "error", _BOARD, None),
    "500": ("The firmware has no settings for this model", "error", _FIRMWARE, None),
    "51[0-3]": (
        "Board {0}: board type does not fit the miner",
        "critical",
        _BOARD,
        "Fit a board of the right type and version",
    ),
    "52[0-3]": (
        "Board {0}: chip bin differs from the other boards",
        "error",
        _BOARD,
        None,
    ),
    "53[0-3]": (
        "Board {0}: not found",
        "critical",
        _BOARD,
        (
            "Check the adapter board, the ribbon cable and the solder joints of the board's "
            "connector; if that does not help, replace the control board"
        ),
    ),
    "54[0-3]": (
        "Board {0}: reading chip ids failed",
        "error",
        _BOARD,
        "Check or replace the adapter board and the ribbon cable; clean the board of dust",
    ),
    "55[0-3]": (
        "Board {0}: has bad chips",
        "error",
        _BOARD,
        "Have the bad chips replaced",
    ),
    "56[0-3]": (
        "Board {0}: chips out of balance",
        "error",
        _BOARD,
        (
            "Plug in or replace the adapter board and the ribbon cable; tighten the power "
            "connection of the board"
        ),
    ),
    "57[0-3]": ("Board {0}: transfer errors on chips", "error", _BOARD, None),
    "58[0-3]": ("Board {0}: reset failed", "error", _BOARD, None),
    "59[0-3]": ("Board {0}: frequency too low", "warning", _BOARD, None),
    "600": ("Ambient temperature high", "warning", _AIR, _COOL),
    "610": (
        "Too hot for High mode, falls back to Normal",
        "warning",
        _AIR,
        "Keep the air around the miner below 30 °C for High mode",
    ),
    "620": ("Liquid temperature protection", "error", _LIQUID, None),
    "652": ("Liquid temperature unstable", "warning", _LIQUID, None),
    "700": ("MAC address invalid", "error", _CONTROL, None),
    "701": (
        "Control board does not know this chip (wrong firmware)",
        "error",
        _FIRMWARE,
        "Install the firmware for this type of miner",
    ),
    "702": ("Control board version unknown", "error", _CONTROL, _SERVICE),
    "704": ("Control board CPU frequency wrong", "warning", _CONTROL, None),
    "710": (
        "Control board restarted unexpectedly",
        "warning",
        _CONTROL,
        "Install the newest firmware; tighten the screws of the control board",
    ),
    "711": (
        "Control board restarted unexpectedly, CPU clock lowered",
        "warning",
        _CONTROL,
        "Install the newest firmware",
    ),
    "712": (
        "CPU clock lowered because of an earlier crash",
        "warning",
        _CONTROL,
        "Install the newest firmware; tighten the screws of the control board",
    ),
    "713": ("Network unstable, clock changed", "warning", "network", None),
    "714": (
        "Network very unstable",
        "warning",
        "network",
        "Check the network cable; if that does not help, replace the control board",
    ),
    "72[0-3]": ("Control board: frame error on board {0}", "error", _CONTROL, None),
    "800": ("Checksum of cgminer/btminer wrong", "critical", _FIRMWARE, _FLASH),
    "801": ("Checksum of system-monitor wrong", "critical", _FIRMWARE, _FLASH),
    "802": ("Checksum of remote-daemon wrong", "critical", _FIRMWARE, _FLASH),
    "810": (
        "Board serial numbers do not fit an air-to-liquid conversion",
        "error",
        _BOARD,
        None,
    ),
    "820": (
        "PSU serial number does not fit an air-to-liquid conversion",
        "error",
        _PSU,
        None,
    ),
    "90[02]": ("Not documented", "info", None, None),
    "901": ("Power rate wrong", "warning", _PSU, None),
    "2000": ("No pool configured", "error", _POOL, "Set a pool"),
    "2010": (
        "No usable pool (network down or all pools disabled)",
        "error",
        _NETWORK,
        _POOLS,
    ),
    "202[0-2]": (
        "Connection to pool {0}, counted from 0, failed",
        "warning",
        _NETWORK,
        "Check the network and the pool settings, with user name and password",
    ),
    "2030": (
        "Pool rejects too many shares",
        "warning",
        _NETWORK,
        "Check the network, the pool settings and the coin that is set",
    ),
    "2040": (
        "Pool lacks version-rolling (asicboost)",
        "error",
        _POOL,
        "Use a pool, or a setting of the pool, with asicboost",
    ),
    "2050": ("Switching to the new pool failed", "error", _NETWORK, _POOLS),
    "211[0-3]": ("Board {0}: factory test step failed", "error", _BOARD, None),
    "2310": ("Hashrate too low", "warning", _MINER, _RATE),
    "2320": ("Hashrate too low", "warning", _MINER, _RATE),
    "2330": ("Hashrate loss too high", "warning", _MINER, None),
    "2340": ("Hashrate loss too high", "warning", _MINER, _RATE),
    "2350": ("Hashrate loss", "warning", _MINER, _RATE),
    "501[0-3]": ("Board {0}: chip voltage too low", "error", _BOARD, None),
    "502[0-3]": ("Board {0}: chip voltage changed", "warning", _BOARD, None),
    "503[0-3]": (
        "Board {0}: chip temperatures differ too much",
        "warning",
        _BOARD,
        None,
    ),
    "504[0-3]": ("Board {0}: hottest chip far from the rest", "warning", _BOARD, None),
    "505[0-3]": (
        "Board {0}: stopped hashing, chip temperature protection",
        "critical",
        _BOARD,
        None,
    ),
    "507[0-3]": ("Board {0}: water flow abnormal", "critical", _LIQUID, None),
    "5079": ("Liquid flows too slowly", "error", _LIQUID, None),
    "508[0-3]": (
        "Board {0}: chip temperature calibration failed, factory reset advised",
        "error",
        _BOARD,
        None,
    ),
    "509[0-3]": (
        "Board {0}: chip temperature calibration not balanced",
        "warning",
        _BOARD,
        None,
    ),
    "511[0-3]": (
        "Board {0}: frequency ramp timed out",
        "error",
        _BOARD,
        "Restart the miner",
    ),
    "512[0-3]": ("Board {0}: too many CRC errors", "warning", _BOARD, None),
    "513[0-3]": ("Board {0}: ramp unstable", "warning", _BOARD, None),
    "514[01]": ("Not documented", "info", None, None),
    "517[0-3]": ("Board {0}: frequency ramp timed out", "error", _BOARD, None),
    "52[0-9][0-9]": ("Board {0}, chip {1}: wrong nonces", "warning", _CHIP, None),
    "53[0-9][0-9]": ("Board {0}, chip {1}: too few nonces", "warning", _CHIP, None),
    "54[0-9][0-9]": (
        "Board {0}, chip {1}: temperature protected",
        "warning",
        _CHIP,
        None,
    ),
    "55[0-9][0-9]": ("Board {0}, chip {1}: was reset", "warning", _CHIP, None),
    "56[0-9][0-9]": ("Board {0}, chip {1}: no nonces", "warning", _CHIP, None),
    # After what they are exceptions of.
    "5410": ("Board 0: UART init failed", "error", _BOARD, None),
    "5431": ("Board 1: start failed, no data", "error", _BOARD, None),
    "5720": ("Board 0: too many CRC errors", "error", _BOARD, None),
    "6010": ("Board 0: too many chips switched off", "error", _BOARD, None),
    "603[0-3]": (
        "Board {0}: powered off to protect its chips from heat",
        "critical",
        _BOARD,
        None,
    ),
    "8000": (
        "WhatsMinerTool too old",
        "info",
        "WhatsMinerTool",
        "Use the newest WhatsMinerTool",
    ),
    "8010": (
        "Frequency below standard",
        "warning",
        _FIRMWARE,
        "Install the newest firmware",
    ),
    "8020": (
        "Hashrate below standard",
        "warning",
        "firmware or the air around the miner",
        "Cool well, and install the newest firmware",
    ),
    "8035": ("Ambient temperature too high (factory check)", "warning", _AIR, None),
    "8100": ("Chip data wrong", "error", _DATA, None),
    "8200": ("PSU version wrong", "error", _DATA, None),
    "8210": ("Miner type wrong", "error", _DATA, None),
    "8220": ("Version information wrong", "error", _DATA, None),
    "8300": ("Level data empty", "error", _DATA, None),
    "8400": ("Firmware old / wrong", "error", _FIRMWARE, "Install the right firmware"),
    "8410": (
        "Firmware is for another series (M2x on M3x or the reverse)",
        "critical",
        _FIRMWARE,
        "Install the firmware for this model",
    ),
    "85[0-9]0": ("Below grade L{0}: hashrate", "warning", _MINER, None),
    "85[0-9]1": ("Below grade L{0}: power", "warning", _MINER, None),
    "85[0-9][23]": ("Below grade L{0}: fan speed", "warning", _MINER, None),
    "85[0-9]4": ("Below grade L{0}: voltage", "warning", _MINER, None),
    "8600": ("Product serial missing", "warning", _DATA, None),
    "8610": ("Product type missing", "warning", _DATA, None),
    "8620": ("Miner serial missing", "warning", _DATA, None),
    "8621": ("Miner serial has wrong length", "warning", _DATA, None),
    "8630": ("PSU serial missing", "warning", _DATA, None),
    "8631": ("PSU serial wrong", "warning", _DATA, None),
    "8632": ("Miner serial faulty", "warning", _DATA, None),
    "8640": ("PSU model missing", "warning", _DATA, None),
    "8641": ("PSU model name wrong", "warning", _DATA, None),
    "8642": ("PSU model output voltage wrong", "warning", _DATA, None),
    "8643": ("PSU model rating wrong", "warning", _DATA, None),
    "8644": ("PSU model format wrong", "warning", _DATA, None),
    "8650": ("Hash board structure wrong", "warning", _DATA, None),
    "8660": ("Cooling type of the miner wrong", "warning", _DATA, None),
    "8670": ("Board serial missing", "warning", _DATA, None),
    "8700": (
        "Miner and PSU do not fit",
        "critical",
        _PSU,
        "Fit the PSU that belongs to this model",
    ),
    "90[0-9][0-9]": ("Process ended abnormally", "critical", _FIRMWARE, None),
    "91[01]0": ("Process blocked", "critical", _FIRMWARE, None),
    "9999": ("Unknown error", "error", None, None),
    "52[0-3]999": (
        "Board {0}: too many chips with wrong nonces",
        "error",
        _BOARD,
        None,
    ),
    "53[0-3]999": ("Board {0}: too many chips with few nonces", "error", _BOARD, None),
    "54[0-3]999": (
        "Board {0}: many chips temperature protected",
        "error",
        _BOARD,
        None,
    ),
    "55[0-3]999": ("Board {0}: all chips were reset", "error", _BOARD, None),
    "56[0-3]999": ("Board {0}: too many chips without nonces", "error", _BOARD, None),
    "57[0-3]999": ("Board {0}: too many transfer/CRC errors", "error", _BOARD, None),
    "58[0-3]999": ("Board {0}: too many bad chips", "error", _BOARD, None),
    "100000": ("Security library error", "critical", "security", None),
    "100001": ("Anti-virus: signature not legal", "critical", "security", _SD_CARD),
    "100002": ("Anti-virus: init.d digest not legal", "critical", "security", _SD_CARD),
    "100003": (
        "Anti-virus: partition digest not legal",
        "critical",
        "security",
        _SD_CARD,
    ),
    "100100": ("Anti-virus: btminer was removed", "critical", "security", None),
    "110000": ("Anti-virus: illegal file", "critical", "security", None),
    "110001": ("Anti-virus: a known virus was removed", "critical", "security", None),
}

CHIPS: dict[int, str] = {
    52: "Board {0}, chip {1}: wrong nonces",
    53: "Board {0}, chip {1}: too few nonces",
    54: "Board {0}, chip {1}: temperature protected",
    55: "Board {0}, chip {1}: was reset / bad chip",
    56: "Board {0}, chip {1}: no nonces",
    57: "Board {0}, chip {1}: transfer error",
    58: "Board {0}, chip {1}: is bad",
}
"""Words of the codes of six digits: two of the kind, one of the board, three of the chip."""

PSU_STATUS: dict[int, tuple[str, str]] = {
    0x0001: ("input under-voltage", _CHECK_MAINS),
    0x0002: ("heat sink over-temperature", _POWERLESS),
    0x0004: ("heat sink over-temperature", _POWERLESS),
    0x0008: ("over-temperature inside", _POWERLESS),
    0x0010: ("primary over-current", _POWERLESS),
    0x0020: ("output under-voltage", _CHECK_MAINS),
    0x0040: (
        "output over-current (320 A for 2 s)",
        "Tighten the screws of the copper bars",
    ),
    0x0080: ("primary over-current", _POWERLESS),
    0x0100: ("over-current of one output branch (120 A)", _CHECK_PSU),
    0x0200: ("over-current of one output branch (120 A)", _CHECK_PSU),
    0x0400: ("over-current of one output branch (120 A)", _CHECK_PSU),
    0x0800: ("fan failure", "Replace the PSU: its fan has failed"),
    0x1000: ("output over-current (310 A for 5 min)", _CHECK_PSU),
    0x2000: ("output over-current (295 A for 10 min)", _CHECK_PSU),
}
"""Words and remedy of the bits of the status word that comes with error 210."""
