// What npm runs after it has put the package down.
import './build-native.mjs'
