// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// What a test asks of the EVM: storage, creation, destruction, precompiles, failures, nested calls.
contract Probe {
    mapping(uint256 => uint256) public values;
    uint256 transient lock;

    event Value(uint256 indexed key, uint256 value, bytes32 blockHash);
    event Created(address indexed at, uint256 balance);
    event Answer(bool success, bytes output);

    constructor() payable {}

    receive() external payable {
        values[0] += msg.value;
    }

    function set(uint256 key, uint256 value) public payable {
        values[key] = value;
        emit Value(key, value, bytes32(0));
    }

    function fill(uint256 from, uint256 count, uint256 value) external {
        for (uint256 i = from; i < from + count; i++) values[i] = value;
    }

    function environment() external returns (uint256) {
        values[100] = block.number;
        values[101] = block.timestamp;
        values[102] = block.chainid;
        values[103] = block.basefee;
        values[104] = block.prevrandao;
        values[105] = uint256(uint160(address(block.coinbase)));
        values[106] = tx.gasprice;
        values[107] = address(this).balance + msg.sender.balance;
        return block.gaslimit;
    }

    function blockHashes(uint256 back) external {
        for (uint256 i = 1; i <= back; i++) emit Value(i, block.number - i, blockhash(block.number - i));
    }

    function fail(uint256 key) external {
        values[key] = 1;
        revert("no");
    }

    function burn() external {
        values[1] = 2;
        while (true) values[1]++;
    }

    function panics(uint256 zero) external returns (uint256) {
        values[3] = 4;
        return 1 / zero;
    }

    /// A child with storage and money; `end` destroys it in the transaction that made it.
    function create(bytes32 salt, uint256 value, bool end) external payable returns (address) {
        Child child = salt == 0 ? new Child{value: value}(value) : new Child{value: value, salt: salt}(value);
        emit Created(address(child), address(child).balance);
        if (end) child.end(payable(msg.sender));
        return address(child);
    }

    function end(Child child) external {
        child.end(payable(msg.sender));
    }

    function call(address to, uint256 value, bytes calldata input, bool must) external payable {
        lock = 1;
        (bool success, bytes memory output) = to.call{value: value}(input);
        emit Answer(success, output);
        if (must) require(success, "inner");
        lock = 0;
    }

    /// Fails inside, goes on outside.
    function nested(uint256 depth, uint256 key) external {
        values[key + depth] = depth + 1;
        if (depth == 0) revert("deep");
        try this.nested(depth - 1, key) {} catch {
            values[key + 50 + depth] = 7;
        }
    }
}

contract Child {
    uint256 public a;
    mapping(uint256 => uint256) public more;

    constructor(uint256 value) payable {
        a = value + 1;
        for (uint256 i = 0; i < 4; i++) more[i] = i;
    }

    function end(address payable to) external {
        more[9] = 9;
        selfdestruct(to);
    }
}
